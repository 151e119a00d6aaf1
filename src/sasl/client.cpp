#include "sasl/client.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "sasl/cram_md5.hpp"
#include "sasl/ntlm.hpp"
#include "sasl/oauth.hpp"
#include "sasl/scram.hpp"

namespace restante::sasl {
namespace {
class PlainClient final : public ClientMechanism {
public:
    explicit PlainClient(ClientLogin login) : login_(std::move(login)) {}
    std::string_view name() const override { return "PLAIN"; }

    std::optional<std::string> initial() override {
        sent_ = true;
        std::string out = login_.authzid;
        out += '\0';
        out += login_.authcid;
        out += '\0';
        out += login_.password;
        return out;
    }

    Result<std::string> respond(std::string_view challenge) override {
        if (sent_ || !challenge.empty())
            return fail(ErrorKind::protocol, "the server sent a challenge that PLAIN has not");
        return *initial();
    }

private:
    ClientLogin login_;
    bool sent_ = false;
};

class LoginClient final : public ClientMechanism {
public:
    explicit LoginClient(ClientLogin login) : login_(std::move(login)) {}
    std::string_view name() const override { return "LOGIN"; }
    std::optional<std::string> initial() override { return std::nullopt; }

    /// By order, not by the prompt's words: servers say "Username:", "User Name\0" or nothing at all.
    Result<std::string> respond(std::string_view) override {
        switch (asked_++) {
            case 0:
                return login_.authcid;
            case 1:
                return login_.password;
            default:
                return fail(ErrorKind::protocol, "the server asked LOGIN a third question");
        }
    }

private:
    ClientLogin login_;
    int asked_ = 0;
};

bool is_offered(const std::vector<std::string>& offered, std::string_view name) {
    return std::any_of(offered.begin(), offered.end(), [&](const std::string& one) { return iequals(one, name); });
}
}  // namespace

Result<std::unique_ptr<ClientMechanism>> make_client(std::string_view name, ClientLogin login) {
    for (const std::string* part : {&login.authcid, &login.password, &login.authzid})
        if (part->find('\0') != std::string::npos) return fail(ErrorKind::invalid, "a login cannot hold a NUL byte");
    if (iequals(name, "PLAIN")) return std::make_unique<PlainClient>(std::move(login));
    if (const auto scram = scram_name(name)) return make_scram_client(*scram, std::move(login));
    if (iequals(name, "OAUTHBEARER")) return make_oauth_client(OAuthForm::bearer, std::move(login));
    const bool others = iequals(name, "LOGIN") || iequals(name, "CRAM-MD5") || iequals(name, "NTLM") ||
                        iequals(name, "XOAUTH2");
    if (!others) return fail(ErrorKind::unsupported, "SASL mechanism " + escape_for_log(name, 40) + " is not known");
    if (!login.authzid.empty())
        return fail(ErrorKind::invalid, "this mechanism cannot carry an authorization identity");
    if (iequals(name, "CRAM-MD5")) return make_cram_md5_client(std::move(login));
    if (iequals(name, "NTLM")) return make_ntlm_client(std::move(login));
    if (iequals(name, "XOAUTH2")) return make_oauth_client(OAuthForm::xoauth2, std::move(login));
    return std::make_unique<LoginClient>(std::move(login));
}

std::string_view choose_mechanism(const std::vector<std::string>& offered, bool binding, bool tls) {
    if (binding)
        for (const std::string_view name : {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"})
            if (is_offered(offered, name)) return name;
    for (const std::string_view name : {"SCRAM-SHA-256", "SCRAM-SHA-1"})
        if (is_offered(offered, name)) return name;
    if (tls)
        for (const std::string_view name : {"PLAIN", "LOGIN"})
            if (is_offered(offered, name)) return name;
    for (const std::string_view name : {"CRAM-MD5", "NTLM", "PLAIN", "LOGIN"})
        if (is_offered(offered, name)) return name;
    return {};
}

}  // namespace restante::sasl
