#include "sasl/cram_md5.hpp"


#include "base/random.hpp"
#include "base/text.hpp"
#include "sasl/hash.hpp"
#include "sasl/identity.hpp"

namespace restante::sasl {
namespace {
/// One answer: name, blank, HMAC-MD5 of the challenge in lower-case hex.
class CramMd5Server final : public ServerMechanism {
public:
    explicit CramMd5Server(const ServerOptions& options)
        : options_(options),
          challenge_('<' + (options.nonce.empty() ? to_hex(random_bytes(16)) : options.nonce) + '@' +
                     options.host_name + '>') {}

    ServerStep start(std::optional<std::string_view> initial) override {
        if (initial) return Failed{"CRAM-MD5: the client spoke first"};
        return Challenge{challenge_};
    }

    ServerStep step(std::string_view response) override {
        constexpr std::size_t digits = 32;
        const std::size_t blank = response.rfind(' ');
        if (blank == std::string_view::npos || response.size() - blank - 1 != digits)
            return Failed{"CRAM-MD5: malformed answer"};
        const auto name = prepare_identity(response.substr(0, blank), options_.max_identity);
        if (!name || name->empty()) return Failed{"CRAM-MD5: name empty, too long or malformed"};
        name_ = *name;
        proof_ = response.substr(blank + 1);
        return NeedSecret{name_};
    }

    ServerStep secret(const std::optional<std::string>& password) override {
        if (proof_.empty()) return ServerMechanism::secret(password);
        // Without a secret the same work is done with one that nobody can know.
        const std::string key = password ? *password : random_bytes(16);
        const bool right = constant_time_equal(to_hex(hmac(Hash::md5, key, challenge_)), proof_);
        if (!right || !password) return Failed{"CRAM-MD5: wrong password, or no shared secret is kept", name_, true};
        return Verified{{}, name_};
    }

private:
    const ServerOptions options_;
    const std::string challenge_;
    std::string name_, proof_;
};

class CramMd5Client final : public ClientMechanism {
public:
    explicit CramMd5Client(ClientLogin login) : login_(std::move(login)) {}
    std::string_view name() const override { return "CRAM-MD5"; }
    std::optional<std::string> initial() override { return std::nullopt; }

    Result<std::string> respond(std::string_view challenge) override {
        if (answered_ || challenge.empty())
            return fail(ErrorKind::protocol, "the server's challenge is not one of CRAM-MD5");
        answered_ = true;
        return login_.authcid + ' ' + to_hex(hmac(Hash::md5, login_.password, challenge));
    }

private:
    const ClientLogin login_;
    bool answered_ = false;
};
}  // namespace

std::unique_ptr<ServerMechanism> make_cram_md5_server(const ServerOptions& options) {
    return std::make_unique<CramMd5Server>(options);
}
std::unique_ptr<ClientMechanism> make_cram_md5_client(ClientLogin login) {
    return std::make_unique<CramMd5Client>(std::move(login));
}

}  // namespace restante::sasl
