#include "fetch/session.hpp"

#include "fetch/fetch_fixture.hpp"

namespace restante::fetch {
namespace {

using SessionTest = FetchFixture;
using Manners = FakeServer::Manners;

/// "connect tls greeting login list", with "!" behind the one that failed.
std::string names(const std::vector<ProbeStep>& steps) {
    std::string out;
    for (const ProbeStep& step : steps) out += (out.empty() ? "" : " ") + step.name + (step.ok ? "" : "!");
    return out;
}

TEST_F(SessionTest, AProbeTellsEachStep) {  // S3.33, S1.15: of settings that are not stored
    server_.put({mail("a"), mail("b")});
    const auto steps = probe(settings());
    EXPECT_EQ(names(steps), "connect greeting login list");
    EXPECT_EQ(steps.back().detail, "2 mails, 100 B");
    for (const ProbeStep& step : steps) EXPECT_GE(step.milliseconds, 0);
    EXPECT_EQ(server_.uidls().size(), 2U) << "a probe changes nothing";
    EXPECT_TRUE(connections_->list()->empty());
}

TEST_F(SessionTest, AProbeUsesTheStoredPasswordWhenNoneIsGiven) {
    const auto id = create(settings());
    Settings s = settings();
    s.password.clear();
    EXPECT_EQ(names(probe(s, id)), "connect greeting login list");
    EXPECT_EQ(names(probe(s, 12345)), "settings!");
    s.port = 995;
    EXPECT_EQ(names(probe(s, id)), "settings!");
}

TEST_F(SessionTest, ImplicitTlsWithAnOwnAuthorityOrAPin) {
    server_.set({.implicit_tls = true});
    Settings s = settings();
    s.tls = TlsMode::implicit;
    EXPECT_EQ(names(probe(s)), "connect tls!") << "the system's authorities do not know it";
    s.ca_pem = server_.certificate;
    const auto steps = probe(s);
    EXPECT_EQ(names(steps), "connect tls greeting login list");
    EXPECT_NE(steps[1].detail.find("TLSv1.3"), std::string::npos);
    EXPECT_NE(steps[1].detail.find(server_.fingerprint()), std::string::npos);
    s.ca_pem.clear();
    s.pinned_sha256 = server_.fingerprint();
    EXPECT_EQ(names(probe(s)), "connect tls greeting login list");
    s.pinned_sha256 = std::string(64, '0');
    EXPECT_EQ(names(probe(s)), "connect tls!");
    s.verify_certificate = false;
    EXPECT_EQ(names(probe(s)), "connect tls!") << "a pin is a pin";
    s.pinned_sha256.clear();
    EXPECT_EQ(names(probe(s)), "connect tls greeting login list");
    EXPECT_EQ(server_.count("PASS"), 3) << "no password without the right certificate";
}

TEST_F(SessionTest, ACertificateForAnotherNameIsRefused) {
    FakeServer other(io_, group_, null_log(), {"pop.elsewhere.example"});
    other.set({.implicit_tls = true});
    Settings s = settings();
    s.port = other.port();
    s.tls = TlsMode::implicit;
    s.ca_pem = other.certificate;
    const auto steps = probe(s);
    EXPECT_EQ(names(steps), "connect tls!");
    EXPECT_NE(steps.back().detail.find("pin its certificate"), std::string::npos) << steps.back().detail;
    EXPECT_EQ(other.count("PASS"), 0);
}

TEST_F(SessionTest, StlsOrNothing) {  // RFC 2595; P29
    Settings s = settings();
    s.tls = TlsMode::stls;
    s.ca_pem = server_.certificate;
    server_.set({.offers_stls = true});
    server_.put({mail("a")});
    EXPECT_EQ(names(probe(s)), "connect greeting tls login list");
    EXPECT_EQ(poll(create(s)).deleted, 1U);
    server_.count("USER");
    server_.set({.offers_stls = false});
    EXPECT_EQ(names(probe(s)), "connect greeting!");
    server_.set({.offers_stls = true, .after_stls = "+OK injected\r\n"});
    EXPECT_EQ(names(probe(s)), "connect greeting!");
    EXPECT_EQ(server_.count("USER"), 0) << "no name in clear";
}

TEST_F(SessionTest, OwnNetworkIsForbiddenByDefault) {
    fetch_options_.allow_loopback = false;
    restart();
    for (const char* address : {"127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1"}) {
        Settings s = settings();
        s.address = address;
        const auto steps = probe(s);
        EXPECT_EQ(names(steps), "connect!") << address;
        EXPECT_NE(steps.back().detail.find("fetch.allow_loopback"), std::string::npos) << steps.back().detail;
    }
    for (const char* address : {"10.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "fd00::1", "0.0.0.0"}) {
        Settings s = settings();
        s.address = address;
        s.timeout_seconds = 1;
        const auto steps = probe(s);
        EXPECT_EQ(names(steps), "connect!") << address;
        EXPECT_NE(steps.back().detail.find("fetch.allow_internal"), std::string::npos)
            << address << ": " << steps.back().detail;
    }
    EXPECT_EQ(server_.sessions, 0);
}

TEST_F(SessionTest, RefusalsSayWhatToDo) {
    const auto said = [&](const std::string& answer) {
        server_.set({.refuse_login = answer});
        const auto steps = probe(settings());
        EXPECT_EQ(names(steps), "connect greeting login!");
        return steps.back().detail;
    };
    EXPECT_NE(said("-ERR nope").find("check user name and password"), std::string::npos);
    EXPECT_NE(said("-ERR [AUTH] nope").find("check user name and password"), std::string::npos);
    EXPECT_NE(said("-ERR [IN-USE] locked").find("another session"), std::string::npos);
    EXPECT_NE(said("-ERR [LOGIN-DELAY] slow down").find("longer intervals"), std::string::npos);
    const std::string escaped = said("-ERR \x1b[31mred");
    EXPECT_EQ(escaped.find('\x1b'), std::string::npos);
    EXPECT_EQ(escaped.find("sw0rdfish"), std::string::npos);
    server_.set({.greeting = "-ERR [SYS/TEMP] maintenance"});
    EXPECT_EQ(names(probe(settings())), "connect greeting!");
    server_.set({.greeting = "220 mail.example.com ESMTP"});
    EXPECT_EQ(names(probe(settings())), "connect greeting!");
}

TEST_F(SessionTest, ASilentServerTimesOut) {
    server_.set({.silent = true});
    Settings s = settings();
    s.timeout_seconds = 1;
    const auto steps = probe(s);
    EXPECT_EQ(names(steps), "connect greeting!");
    EXPECT_NE(steps.back().detail.find("did not answer within 1 seconds"), std::string::npos) << steps.back().detail;
}

}  // namespace
}  // namespace restante::fetch
