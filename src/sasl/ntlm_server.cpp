// NTLMv2, server side: NEGOTIATE, CHALLENGE, AUTHENTICATE (MS-NLMP 2.2.1).
#include "base/random.hpp"
#include "base/text.hpp"
#include "sasl/identity.hpp"
#include "sasl/ntlm.hpp"

namespace restante::sasl {
namespace {
using namespace ntlm;

class NtlmServer final : public ServerMechanism {
public:
    explicit NtlmServer(const ServerOptions& options)
        : options_(options), challenge_(options.nonce.empty() ? random_bytes(8) : options.nonce) {}

    ServerStep start(std::optional<std::string_view> initial) override {
        if (!initial) return Challenge{};
        return step(*initial);
    }

    ServerStep step(std::string_view response) override {
        if (response.size() > longest) return Failed{"NTLM: message too long"};
        if (challenged_) return authenticate(response);
        if (!is_message(response, 1, 16)) return Failed{"NTLM: malformed negotiation"};
        challenged_ = true;
        return Challenge{challenge_message(number_at(response, 12, 4))};
    }

    ServerStep secret(const std::optional<std::string>& password) override {
        if (proof_.empty()) return ServerMechanism::secret(password);
        const std::string key = password_key(password ? *password : to_hex(random_bytes(8)), user_, domain_);
        const bool right = constant_time_equal(proof(key, challenge_, temp_), proof_);
        if (!right || !password) return Failed{"NTLM: wrong password, or no shared secret is kept", name_, true};
        return Verified{{}, name_};
    }

private:
    static constexpr std::size_t longest = 8192;

    /// Names of this server, in both of Windows' forms. Without the target information clients fall back to version 1.
    std::string challenge_message(std::uint32_t offered) const {
        const bool wide = (offered & unicode) != 0;
        const std::string host = to_utf16(options_.host_name).value_or("");
        const std::string target = wide ? host : options_.host_name;
        std::string information;
        for (const std::uint16_t id : {2, 1, 4, 3}) append_av_pair(information, id, host);
        append_av_pair(information, 0, "");
        constexpr std::size_t header = 48;
        std::string out("NTLMSSP\0", 8);
        append_number(out, 2, 4);
        append_field(out, target.size(), header);
        append_number(out, (wide ? unicode : oem) | request_target | ntlm::ntlm | always_sign | target_is_server |
                               (offered & extended_security) | has_target_info,
                      4);
        out += challenge_;
        append_number(out, 0, 8);
        append_field(out, information.size(), header + target.size());
        return out + target + information;
    }

    static void append_field(std::string& out, std::size_t length, std::size_t offset) {
        append_number(out, length, 2);
        append_number(out, length, 2);
        append_number(out, offset, 4);
    }

    ServerStep authenticate(std::string_view message) {
        constexpr std::size_t proof_octets = 16, least_temp = 28;
        if (!is_message(message, 3, 64)) return Failed{"NTLM: malformed answer"};
        const auto answer = payload(message, 20), domain = payload(message, 28), user = payload(message, 36);
        if (!answer || !domain || !user) return Failed{"NTLM: malformed answer"};
        const bool wide = (number_at(message, 60, 4) & unicode) != 0;
        const auto name = wide ? from_utf16(*user) : std::string(*user);
        const auto prepared = name ? prepare_identity(*name, options_.max_identity) : std::nullopt;
        if (!prepared || prepared->empty()) return Failed{"NTLM: name empty, too long or malformed"};
        name_ = *prepared;
        if (answer->size() < proof_octets + least_temp) return Failed{"NTLM: only version 2 is taken", name_};
        const auto wide_user = wide ? std::string(*user) : to_utf16(*user);
        const auto wide_domain = wide ? std::string(*domain) : to_utf16(*domain);
        if (!wide_user || !wide_domain) return Failed{"NTLM: name malformed", name_};
        user_ = *wide_user;
        domain_ = *wide_domain;
        proof_ = answer->substr(0, proof_octets);
        temp_ = answer->substr(proof_octets);
        return NeedSecret{name_};
    }

    const ServerOptions options_;
    const std::string challenge_;
    bool challenged_ = false;
    std::string name_, user_, domain_, proof_, temp_;  // user_ and domain_ in UTF-16LE
};
}  // namespace

std::unique_ptr<ServerMechanism> make_ntlm_server(const ServerOptions& options) {
    return std::make_unique<NtlmServer>(options);
}

}  // namespace restante::sasl
