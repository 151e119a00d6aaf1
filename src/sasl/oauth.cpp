#include "sasl/oauth.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "sasl/identity.hpp"
#include "sasl/scram.hpp"

namespace restante::sasl {
namespace {
constexpr char separator = '\x01';  // kvsep

/// RFC 6750 2.1: b64token.
bool is_token(std::string_view token) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._~+/=").find(c) != std::string_view::npos;
    };
    return !token.empty() && std::all_of(token.begin(), token.end(), allowed);
}

/// The value of key among "key=value" pairs that each end with kvsep; nothing if it is not there or is there twice.
std::optional<std::string_view> value_of(std::string_view pairs, std::string_view key) {
    std::optional<std::string_view> out;
    for (const std::string_view pair : split(pairs, separator)) {
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || !iequals(pair.substr(0, equals), key)) continue;
        if (out) return std::nullopt;
        out = pair.substr(equals + 1);
    }
    return out;
}

class OAuthServer final : public ServerMechanism {
public:
    OAuthServer(OAuthForm form, const ServerOptions& options) : form_(form), options_(options) {}

    ServerStep start(std::optional<std::string_view> initial) override {
        if (!initial) return Challenge{};
        return step(*initial);
    }

    ServerStep step(std::string_view response) override {
        if (refused_) return Failed{"OAuth: the token is not valid", name_, true};
        return form_ == OAuthForm::bearer ? take_bearer(response) : take_xoauth2(response);
    }

    /// The client may claim a name; the token decides. RFC 7628 3.2.2, 3.2.3: the refusal is told as JSON, the client
    /// acknowledges it and the exchange fails.
    ServerStep token_owner(std::optional<std::string> owner) override {
        if (!asked_) return ServerMechanism::token_owner(std::move(owner));
        asked_ = false;
        if (owner) return Verified{name_, std::move(*owner)};
        refused_ = true;
        return Challenge{form_ == OAuthForm::bearer ? R"({"status":"invalid_token"})"
                                                    : R"({"status":"401","schemes":"bearer"})"};
    }

private:
    /// gs2-header kvsep *kvpair kvsep
    ServerStep take_bearer(std::string_view message) {
        const std::size_t header_end = message.find(separator);
        if (header_end == std::string_view::npos || !message.ends_with("\x01\x01"))
            return Failed{"OAUTHBEARER: malformed message"};
        const auto header = split(message.substr(0, header_end), ',');
        if (header.size() != 3 || (header[0] != "n" && header[0] != "y") || !header[2].empty())
            return Failed{"OAUTHBEARER: malformed GS2 header"};
        std::string name;
        if (!header[1].empty()) {
            const auto decoded = header[1].starts_with("a=") ? decode_saslname(header[1].substr(2)) : std::nullopt;
            if (!decoded) return Failed{"OAUTHBEARER: malformed identity"};
            name = *decoded;
        }
        return take(name, value_of(message.substr(header_end + 1), "auth"));
    }

    /// "user=" name ^A "auth=Bearer " token ^A ^A
    ServerStep take_xoauth2(std::string_view message) {
        const auto name = value_of(message, "user");
        if (!name || !message.ends_with("\x01\x01")) return Failed{"XOAUTH2: malformed message"};
        return take(*name, value_of(message, "auth"));
    }

    ServerStep take(std::string_view name, std::optional<std::string_view> auth) {
        constexpr std::string_view scheme = "Bearer ";
        const auto prepared = prepare_identity(name, options_.max_identity);
        if (!prepared) return Failed{"OAuth: identity too long or malformed"};
        name_ = *prepared;
        if (!auth || !istarts_with(*auth, scheme)) return Failed{"OAuth: no bearer token", name_};
        const std::string_view token = trim(auth->substr(scheme.size()));
        if (token.size() > options_.max_token || !is_token(token))
            return Failed{"OAuth: token too long or malformed", name_};
        asked_ = true;
        return NeedToken{name_, std::string(token)};
    }

    const OAuthForm form_;
    const ServerOptions options_;
    std::string name_;
    bool asked_ = false, refused_ = false;
};

class OAuthClient final : public ClientMechanism {
public:
    OAuthClient(OAuthForm form, ClientLogin login) : form_(form), login_(std::move(login)) {}
    std::string_view name() const override { return form_ == OAuthForm::bearer ? "OAUTHBEARER" : "XOAUTH2"; }

    std::optional<std::string> initial() override {
        sent_ = true;
        std::string out = form_ == OAuthForm::bearer ? bearer_header() : "user=" + login_.authcid + separator;
        return out + "auth=Bearer " + login_.password + separator + separator;
    }

    /// A challenge after the token says why it is refused; what has to follow is an empty answer (kvsep in RFC 7628
    /// 3.2.3), but the session is of no use anyway: cancelling is as good.
    Result<std::string> respond(std::string_view challenge) override {
        if (!sent_ && challenge.empty()) return *initial();
        if (!sent_) return fail(ErrorKind::protocol, "the server spoke first");
        return fail(ErrorKind::unauthenticated, "the server refuses the token: " + escape_for_log(challenge, 200));
    }

private:
    std::string bearer_header() const {
        std::string out = "n,a=" + encode_saslname(login_.authzid.empty() ? login_.authcid : login_.authzid) + ',';
        out += separator;
        if (!login_.host.empty()) (out += "host=" + login_.host) += separator;
        if (login_.port != 0) (out += "port=" + std::to_string(login_.port)) += separator;
        return out;
    }

    const OAuthForm form_;
    const ClientLogin login_;
    bool sent_ = false;
};
}  // namespace

std::unique_ptr<ServerMechanism> make_oauth_server(OAuthForm form, const ServerOptions& options) {
    return std::make_unique<OAuthServer>(form, options);
}
std::unique_ptr<ClientMechanism> make_oauth_client(OAuthForm form, ClientLogin login) {
    return std::make_unique<OAuthClient>(form, std::move(login));
}

}  // namespace restante::sasl
