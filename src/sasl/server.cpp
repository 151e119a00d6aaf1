#include "sasl/server.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace restante::sasl {
namespace {
/// Identities end up in look-ups, logs and headers: no control characters (RFC 4013 2.3), valid UTF-8 (RFC 4616 2).
bool is_identity(std::string_view s, const ServerOptions& options) {
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    return s.size() <= options.max_identity && std::none_of(s.begin(), s.end(), control) && is_valid_utf8(s);
}

bool is_password(std::string_view s, const ServerOptions& options) {
    return !s.empty() && s.size() <= options.max_password && s.find('\0') == std::string_view::npos;
}

/// RFC 4616: [authzid] NUL authcid NUL passwd, nothing after it.
class Plain final : public ServerMechanism {
public:
    explicit Plain(const ServerOptions& options) : options_(options) {}

    ServerStep start(std::optional<std::string_view> initial) override {
        if (initial) return step(*initial);
        return Challenge{};
    }

    ServerStep step(std::string_view response) override {
        const std::size_t first = response.find('\0');
        if (first == std::string_view::npos) return Failed{"PLAIN message without NUL"};
        const std::size_t second = response.find('\0', first + 1);
        if (second == std::string_view::npos) return Failed{"PLAIN message with one NUL"};
        const std::string_view authzid = response.substr(0, first);
        const std::string_view authcid = response.substr(first + 1, second - first - 1);
        const std::string_view password = response.substr(second + 1);
        if (password.find('\0') != std::string_view::npos) return Failed{"PLAIN message with more than two NULs"};
        if (authcid.empty() || !is_identity(authcid, options_) || !is_identity(authzid, options_))
            return Failed{"PLAIN identity empty, too long or malformed"};
        if (!is_password(password, options_)) return Failed{"PLAIN password empty or too long"};
        return Credentials{std::string(authzid), std::string(authcid), std::string(password)};
    }

private:
    ServerOptions options_;
};

/// draft-murchison-sasl-login: never a standard, but all that some old clients speak.
class Login final : public ServerMechanism {
public:
    explicit Login(const ServerOptions& options) : options_(options) {}

    ServerStep start(std::optional<std::string_view> initial) override {
        if (initial) return step(*initial);
        return Challenge{"Username:"};
    }

    ServerStep step(std::string_view response) override {
        if (!name_) {
            if (response.empty() || !is_identity(response, options_))
                return Failed{"LOGIN identity empty, too long or malformed"};
            name_ = std::string(response);
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
    static const std::vector<ServerMechanismInfo> all{{"PLAIN", true}, {"LOGIN", true}};
    return all;
}

std::unique_ptr<ServerMechanism> make_server(std::string_view name, const ServerOptions& options) {
    if (iequals(name, "PLAIN")) return std::make_unique<Plain>(options);
    if (iequals(name, "LOGIN")) return std::make_unique<Login>(options);
    return nullptr;
}

}  // namespace restante::sasl
