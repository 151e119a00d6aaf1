#include "sasl/server.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/text.hpp"
#include "sasl/cram_md5.hpp"
#include "sasl/identity.hpp"
#include "sasl/ntlm.hpp"
#include "sasl/oauth.hpp"
#include "sasl/prep.hpp"
#include "sasl/scram.hpp"

namespace restante::sasl {

std::optional<std::string> prepare_identity(std::string_view name, std::size_t longest) {
    if (name.size() > longest) return std::nullopt;
    return prepare(name);
}

ServerStep ServerMechanism::scram_keys(ScramKeys) { throw std::logic_error("sasl: no SCRAM keys were asked for"); }
ServerStep ServerMechanism::secret(const std::optional<std::string>&) {
    throw std::logic_error("sasl: no secret was asked for");
}
ServerStep ServerMechanism::token_owner(std::optional<std::string>) {
    throw std::logic_error("sasl: no token was to be checked");
}

namespace {
bool is_password(std::string_view s, const ServerOptions& options) {
    return !s.empty() && s.size() <= options.max_password && s.find('\0') == std::string_view::npos;
}

/// RFC 4616: [authzid] NUL authcid NUL passwd, nothing after it.
class PlainServer final : public ServerMechanism {
public:
    explicit PlainServer(const ServerOptions& options) : options_(options) {}

    ServerStep start(std::optional<std::string_view> initial) override {
        if (initial) return step(*initial);
        return Challenge{};
    }

    ServerStep step(std::string_view response) override {
        const std::size_t first = response.find('\0');
        if (first == std::string_view::npos) return Failed{"PLAIN message without NUL"};
        const std::size_t second = response.find('\0', first + 1);
        if (second == std::string_view::npos) return Failed{"PLAIN message with one NUL"};
        const std::string_view password = response.substr(second + 1);
        if (password.find('\0') != std::string_view::npos) return Failed{"PLAIN message with more than two NULs"};
        auto authzid = prepare_identity(response.substr(0, first), options_.max_identity);
        auto authcid = prepare_identity(response.substr(first + 1, second - first - 1), options_.max_identity);
        if (!authzid || !authcid || authcid->empty()) return Failed{"PLAIN identity empty, too long or malformed"};
        if (!is_password(password, options_)) return Failed{"PLAIN password empty or too long"};
        return Credentials{std::move(*authzid), std::move(*authcid), std::string(password)};
    }

private:
    ServerOptions options_;
};

/// draft-murchison-sasl-login: never a standard, but all that some old clients speak.
class LoginServer final : public ServerMechanism {
public:
    explicit LoginServer(const ServerOptions& options) : options_(options) {}

    ServerStep start(std::optional<std::string_view> initial) override {
        if (initial) return step(*initial);
        return Challenge{"Username:"};
    }

    ServerStep step(std::string_view response) override {
        if (!name_) {
            name_ = prepare_identity(response, options_.max_identity);
            if (!name_ || name_->empty()) return Failed{"LOGIN identity empty, too long or malformed"};
            return Challenge{"Password:"};
        }
        if (!is_password(response, options_)) return Failed{"LOGIN password empty or too long"};
        return Credentials{{}, std::move(*name_), std::string(response)};
    }

private:
    ServerOptions options_;
    std::optional<std::string> name_;
};
}  // namespace

const std::vector<ServerMechanismInfo>& server_mechanisms() {
    using Needs = ServerMechanismInfo::Needs;
    static const std::vector<ServerMechanismInfo> all{{"SCRAM-SHA-256-PLUS", Needs::scram_keys, false, true},
                                                      {"SCRAM-SHA-256", Needs::scram_keys, false},
                                                      {"SCRAM-SHA-1-PLUS", Needs::scram_keys, false, true},
                                                      {"SCRAM-SHA-1", Needs::scram_keys, false},
                                                      {"OAUTHBEARER", Needs::token, true},
                                                      {"XOAUTH2", Needs::token, true},
                                                      {"PLAIN", Needs::password, true},
                                                      {"LOGIN", Needs::password, true},
                                                      {"CRAM-MD5", Needs::shared_secret, false},
                                                      {"NTLM", Needs::shared_secret, false}};
    return all;
}

const ServerMechanismInfo* find_server_mechanism(std::string_view name) {
    for (const ServerMechanismInfo& info : server_mechanisms())
        if (iequals(info.name, name)) return &info;
    return nullptr;
}

std::unique_ptr<ServerMechanism> make_server(std::string_view name, const ServerOptions& options) {
    if (iequals(name, "PLAIN")) return std::make_unique<PlainServer>(options);
    if (iequals(name, "LOGIN")) return std::make_unique<LoginServer>(options);
    if (const auto scram = scram_name(name)) return make_scram_server(*scram, options);
    if (iequals(name, "CRAM-MD5")) return make_cram_md5_server(options);
    if (iequals(name, "NTLM")) return make_ntlm_server(options);
    if (iequals(name, "OAUTHBEARER")) return make_oauth_server(OAuthForm::bearer, options);
    if (iequals(name, "XOAUTH2")) return make_oauth_server(OAuthForm::xoauth2, options);
    return nullptr;
}

}  // namespace restante::sasl
