#include "connector_rules.hpp"

#include <gtest/gtest.h>

namespace restante {
namespace {

using Words = std::vector<std::string>;
using Connector = Config::SmtpConnector;

/// What is wrong with it, or empty.
std::string fault(const Connector& connector, const mta::Options& limits = {}) {
    const auto checked = check_connector(connector, limits);
    return checked ? "" : checked.error().detail;
}
Connector mx(Words authentication, Words permissions) {
    return {.listen = {"*:25"},
            .kind = "mx",
            .authentication = std::move(authentication),
            .permissions = std::move(permissions)};
}

TEST(ConnectorRules, TheDefaultsGoTogether) {  // S2.43, S2.44
    const Config config;
    EXPECT_EQ(fault(config.smtp_mx), "");
    EXPECT_EQ(fault(config.smtp_submission), "");
    EXPECT_EQ(fault(config.smtp_connector), "");
}

TEST(ConnectorRules, OfAuthentication) {  // S2.45
    EXPECT_EQ(fault(mx({"none"}, {"anonymous"})), "");
    EXPECT_NE(fault(mx({"none", "tls"}, {"anonymous"})).find("none stands alone"), std::string::npos);
    EXPECT_NE(fault(mx({"tls", "basic_requires_tls", "integrated"}, {"users"})).find("needs basic and tls"),
              std::string::npos);
    EXPECT_NE(fault(mx({"basic", "basic_requires_tls"}, {"users"})).find("needs basic and tls"), std::string::npos);
    EXPECT_NE(fault(mx({"require_tls", "basic"}, {"users"})).find("require_tls needs tls"), std::string::npos);
    EXPECT_NE(fault(mx({"tls", "basic"}, {"anonymous"})).find("permission users"), std::string::npos);
    EXPECT_NE(fault(mx({"tls"}, {"users"})).find("a way to log in"), std::string::npos);
    EXPECT_NE(fault(mx({}, {"anonymous"})), "");
    Connector clear = mx({"tls", "basic", "basic_requires_tls"}, {"users"});
    clear.service.login_type = "PlainTextLogin";
    EXPECT_NE(fault(clear).find("contradicts"), std::string::npos);
    Connector implicit = mx({"none"}, {"anonymous"});
    implicit.listen_tls = {"*:465"};
    EXPECT_NE(fault(implicit).find("listen_tls needs tls"), std::string::npos);
}

TEST(ConnectorRules, OfPermissions) {
    EXPECT_NE(fault(mx({"tls"}, {})), "");
    EXPECT_NE(fault(mx({"external"}, {"partners"})).find("whole world"), std::string::npos);
    Connector partners = mx({"external", "tls"}, {"partners"});
    partners.remote_networks = {"192.0.2.0/24"};
    EXPECT_EQ(fault(partners), "");
    partners.authentication = {"tls"};
    EXPECT_NE(fault(partners).find("needs external"), std::string::npos);
    for (const char* network : {"0.0.0.0/0", "::/0", "128.0.0.0/1", "2000::/3"}) {
        Connector wide = partners;
        wide.authentication = {"external", "tls"};
        wide.remote_networks = {"192.0.2.0/24", network};
        EXPECT_NE(fault(wide).find("half of the world"), std::string::npos) << network;
    }
    for (const char* network : {"10.0.0.0/8", "fc00::/7", "192.0.2.1", "2001:db8::/32"}) {
        Connector own = partners;
        own.authentication = {"external", "tls"};
        own.remote_networks = {network};
        EXPECT_EQ(fault(own), "") << network;
    }
    Connector scripts = mx({"external"}, {"partners"});
    scripts.listen = {"unix:/run/restante/sendmail.sock"};
    EXPECT_EQ(fault(scripts), "");
    EXPECT_NE(fault(mx({"tls", "require_tls"}, {"anonymous"})).find("RFC 3207"), std::string::npos) << "row SM16";
    Connector submission = mx({"tls", "basic"}, {"users", "anonymous"});
    submission.kind = "submission";
    EXPECT_NE(fault(submission).find("users alone"), std::string::npos);
}

TEST(ConnectorRules, OfLmtp) {  // row SM28
    Connector lmtp{.listen = {"unix:/run/x"}, .kind = "lmtp", .authentication = {"none"}, .permissions = {"anonymous"}};
    EXPECT_EQ(fault(lmtp), "");
    lmtp.listen = {"127.0.0.1:24", "[::1]:24"};
    EXPECT_EQ(fault(lmtp), "");
    lmtp.listen = {"127.0.0.1:25"};
    EXPECT_NE(fault(lmtp).find("port 25"), std::string::npos);
    lmtp.listen = {"*:24"};
    EXPECT_NE(fault(lmtp).find("loopback"), std::string::npos);
}

TEST(ConnectorRules, OfExtensionsAndNames) {  // S2.47
    mta::Options limits;
    limits.protocol.extensions.binary_mime = true;
    EXPECT_EQ(fault(mx({"tls"}, {"anonymous"}), limits), "");
    limits.protocol.extensions.chunking = false;
    EXPECT_EQ(fault(mx({"tls"}, {"anonymous"}), limits), "binary_mime needs chunking");
    mta::Options after_pop;
    after_pop.pop_before_smtp.enabled = true;
    EXPECT_NE(fault(mx({"tls"}, {"anonymous"}), after_pop).find("pop_before_smtp needs"), std::string::npos);
    Connector named = mx({"tls"}, {"anonymous"});
    named.fqdn = "no name";
    EXPECT_NE(fault(named).find("fqdn"), std::string::npos);
}

TEST(ConnectorRules, ExtendedProtectionLeavesWhatIsBoundToTls) {  // S2.15
    Connector connector = mx({"tls", "basic", "integrated"}, {"users"});
    connector.service.extended_protection = "require";
    EXPECT_EQ(fault(connector), "");
    EXPECT_EQ(connector_options({}, connector, "x", "mail.example").mechanisms,
              (Words{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"}));
    connector.service.extended_protection = "none";
    EXPECT_EQ(connector_options({}, connector, "x", "mail.example").mechanisms,
              (Words{"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2", "GSSAPI"}));
    Connector basic = mx({"tls", "basic"}, {"users"});
    basic.service.extended_protection = "require";
    EXPECT_NE(fault(basic).find("extended_protection"), std::string::npos);
}

TEST(ConnectorRules, MechanismsFollowAuthentication) {
    const auto offered = [](Words authentication) {
        Connector connector = mx(std::move(authentication), {"users"});
        return connector_options({}, connector, "x", "mail.example").mechanisms;
    };
    EXPECT_EQ(offered({"tls", "basic"}), (Words{"PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2"}));
    EXPECT_EQ(offered({"tls", "integrated"}),
              (Words{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "GSSAPI"}));
}

}  // namespace
}  // namespace restante
