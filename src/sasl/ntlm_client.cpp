// NTLMv2, client side.
#include <utility>

#include "base/random.hpp"
#include "sasl/hash.hpp"
#include "sasl/ntlm.hpp"

namespace restante::sasl {
namespace {
using namespace ntlm;
constexpr std::uint16_t av_flags = 6, av_timestamp = 7;

class NtlmClient final : public ClientMechanism {
public:
    explicit NtlmClient(ClientLogin login) : login_(std::move(login)) {
        // DOMAIN\user, as Windows people write it.
        const std::size_t backslash = login_.authcid.find('\\');
        if (backslash != std::string::npos) domain_ = login_.authcid.substr(0, backslash);
        user_ = backslash == std::string::npos ? login_.authcid : login_.authcid.substr(backslash + 1);
    }
    std::string_view name() const override { return "NTLM"; }

    std::optional<std::string> initial() override {
        negotiated_.assign("NTLMSSP\0", 8);
        append_number(negotiated_, 1, 4);
        append_number(negotiated_, unicode | request_target | ntlm::ntlm | always_sign | extended_security, 4);
        negotiated_.append(16, '\0');  // neither domain nor workstation
        return negotiated_;
    }

    Result<std::string> respond(std::string_view challenge) override {
        if (negotiated_.empty() && challenge.empty()) return *initial();
        if (negotiated_.empty() || answered_ || !is_message(challenge, 2, 48))
            return fail(ErrorKind::protocol, "the server's challenge is not one of NTLM");
        const auto information = payload(challenge, 40);
        const std::uint32_t flags = number_at(challenge, 20, 4);
        if ((flags & has_target_info) == 0 || !information || information->empty())
            return fail(ErrorKind::unsupported, "the server speaks NTLM version 1 only, which is not safe");
        const auto user = to_utf16(user_), domain = to_utf16(domain_);
        if (!user || !domain) return fail(ErrorKind::invalid, "the user name is not UTF-8");
        answered_ = true;
        return answer(challenge, *information, flags, *user, *domain);
    }

private:
    std::string answer(std::string_view challenge, std::string_view information, std::uint32_t flags,
                       const std::string& user, const std::string& domain) const {
        const auto timestamp = av_pair(information, av_timestamp);
        const bool dated = timestamp && timestamp->size() == 8;
        const std::string key = password_key(login_.password, user, domain);
        const std::string temp = temp_of(information, dated ? *timestamp : std::string_view());
        const std::string proof = ntlm::proof(key, challenge.substr(24, 8), temp);

        std::string payload, fields;
        constexpr std::size_t header = 88;  // with version and MIC
        const auto append = [&](std::string_view value) {
            append_number(fields, value.size(), 2);
            append_number(fields, value.size(), 2);
            append_number(fields, header + payload.size(), 4);
            payload += value;
        };
        append(std::string(24, '\0'));  // LM: nothing to say in version 2
        append(proof + temp);
        append(domain);
        append(user);
        append("");  // workstation
        append("");  // session key
        std::string out("NTLMSSP\0", 8);
        append_number(out, 3, 4);
        out += fields;
        append_number(out, (flags & (unicode | request_target | ntlm::ntlm | always_sign | extended_security | has_target_info)) |
                               unicode, 4);
        append_number(out, 0, 8);  // version
        const std::size_t mic_at = out.size();
        out.append(16, '\0');
        out += payload;
        // A server that gives the time expects the exchange to be sealed (MS-NLMP 3.1.5.1.2).
        if (dated)
            out.replace(mic_at, 16, hmac(Hash::md5, hmac(Hash::md5, key, proof), negotiated_ + std::string(challenge) + out));
        return out;
    }

    /// The time is the server's; one that gives none does not look at it.
    std::string temp_of(std::string_view information, std::string_view timestamp) const {
        std::string out("\x01\x01", 2);
        append_number(out, 0, 6);
        out += timestamp.empty() ? std::string(8, '\0') : std::string(timestamp);
        out += login_.nonce.empty() ? random_bytes(8) : login_.nonce;
        append_number(out, 0, 4);
        if (!timestamp.empty()) {
            std::string sealed;
            append_number(sealed, 2, 4);  // "there is a MIC"
            append_av_pair(out, av_flags, sealed);
        }
        out += information;
        append_number(out, 0, 4);
        return out;
    }

    const ClientLogin login_;
    std::string user_, domain_, negotiated_;
    bool answered_ = false;
};
}  // namespace

std::unique_ptr<ClientMechanism> make_ntlm_client(ClientLogin login) {
    return std::make_unique<NtlmClient>(std::move(login));
}

}  // namespace restante::sasl
