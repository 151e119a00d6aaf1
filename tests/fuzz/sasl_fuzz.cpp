// Both sides of every SASL mechanism against any peer. First octet: which mechanism and side; then messages, each with
// its length before it (two octets).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sasl/client.hpp"
#include "sasl/server.hpp"

namespace {
using namespace restante::sasl;

void require(bool condition) {
    if (!condition) std::abort();
}

class Messages {
public:
    explicit Messages(std::string_view bytes) : rest_(bytes) {}
    bool next(std::string_view& message) {
        if (rest_.size() < 2) return false;
        const std::size_t length = static_cast<unsigned char>(rest_[0]) * 256U + static_cast<unsigned char>(rest_[1]);
        message = rest_.substr(2, length);
        rest_.remove_prefix(std::min(rest_.size(), 2 + length));
        return true;
    }

private:
    std::string_view rest_;
};

void require_name(const std::string& name, const ServerOptions& options) {
    require(name.size() <= options.max_identity * 18);
    for (const char c : name) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
}

void serve(std::string_view mechanism, Messages messages) {
    ServerOptions options;
    options.nonce = "fixednon";
    options.binding.exporter = "exporter";
    const auto server = make_server(mechanism, options);
    std::string_view message;
    ServerStep step = messages.next(message) ? server->start(message) : server->start(std::nullopt);
    for (;;) {
        if (const auto* keys = std::get_if<NeedScramKeys>(&step)) {
            require_name(keys->name, options);
            const ScramKeys some{"salt", 4096, std::string(32, 's'), std::string(32, 'k')};
            step = server->scram_keys(some);
        } else if (const auto* secret = std::get_if<NeedSecret>(&step)) {
            require_name(secret->name, options);
            step = server->secret("secret");
        } else if (const auto* token = std::get_if<NeedToken>(&step)) {
            require(!token->token.empty() && token->token.size() <= options.max_token);
            step = server->token_owner(token->token == "good" ? std::optional<std::string>("bob") : std::nullopt);
        } else if (std::holds_alternative<Challenge>(step)) {
            if (!messages.next(message)) return;
            step = server->step(message);
        } else {
            if (const auto* done = std::get_if<Verified>(&step)) require_name(done->authcid, options);
            if (const auto* credentials = std::get_if<Credentials>(&step)) {
                require_name(credentials->authcid, options);
                require(!credentials->authcid.empty() && !credentials->password.empty());
            }
            return;
        }
    }
}

void ask(std::string_view mechanism, Messages messages) {
    ClientLogin login{"bob", "secret"};
    login.nonce = "fixednon";
    login.binding.exporter = "exporter";
    const auto client = make_client(mechanism, login);
    require(client.has_value());
    std::string_view message;
    if ((*client)->initial()) require(!(*client)->confirm() || mechanism.substr(0, 5) != "SCRAM");
    while (messages.next(message))
        if (const auto answer = (*client)->respond(message); !answer) {
            require(!answer.error().detail.empty() && answer.error().detail.size() < 2000);
            return;
        }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const auto& all = server_mechanisms();
    const std::string_view name = all[(data[0] & 0x7FU) % all.size()].name;
    const Messages messages({reinterpret_cast<const char*>(data) + 1, size - 1});
    (data[0] & 0x80U) != 0 ? ask(name, messages) : serve(name, messages);
    return 0;
}
