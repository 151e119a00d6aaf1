#include "sasl/client.hpp"

#include <utility>

#include "base/text.hpp"

namespace restante::sasl {
namespace {
class Plain final : public ClientMechanism {
public:
    explicit Plain(ClientLogin login) : login_(std::move(login)) {}
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

class Login final : public ClientMechanism {
public:
    explicit Login(ClientLogin login) : login_(std::move(login)) {}
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
}  // namespace

Result<std::unique_ptr<ClientMechanism>> make_client(std::string_view name, ClientLogin login) {
    for (const std::string* part : {&login.authcid, &login.password, &login.authzid})
        if (part->find('\0') != std::string::npos) return fail(ErrorKind::invalid, "a login cannot hold a NUL byte");
    if (iequals(name, "PLAIN")) return std::make_unique<Plain>(std::move(login));
    if (!iequals(name, "LOGIN"))
        return fail(ErrorKind::unsupported, "SASL mechanism " + escape_for_log(name, 40) + " is not known");
    if (!login.authzid.empty()) return fail(ErrorKind::invalid, "LOGIN cannot carry an authorization identity");
    return std::make_unique<Login>(std::move(login));
}

}  // namespace restante::sasl
