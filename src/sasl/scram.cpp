#include "sasl/scram.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "base/text.hpp"

namespace restante::sasl {

ScramSecrets scram_secrets(Hash hash, std::string_view salted_password) {
    ScramSecrets out;
    out.client_key = hmac(hash, salted_password, "Client Key");
    out.stored_key = digest(hash, out.client_key);
    out.server_key = hmac(hash, salted_password, "Server Key");
    return out;
}

std::optional<std::vector<Attribute>> parse_attributes(std::string_view text) {
    std::vector<Attribute> out;
    for (const std::string_view part : split(text, ',')) {
        const bool named = part.size() >= 2 && part[1] == '=' &&
                           ((part[0] >= 'a' && part[0] <= 'z') || (part[0] >= 'A' && part[0] <= 'Z'));
        if (!named || part.find('\0') != std::string_view::npos) return std::nullopt;
        out.push_back({part[0], part.substr(2)});
    }
    return out;
}

std::optional<std::string> decode_saslname(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') {
            out += text[i];
            continue;
        }
        const std::string_view code = text.substr(i + 1, 2);
        if (code != "2C" && code != "3D") return std::nullopt;
        out += code == "2C" ? ',' : '=';
        i += 2;
    }
    return out;
}

std::string encode_saslname(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c == ',')
            out += "=2C";
        else if (c == '=')
            out += "=3D";
        else
            out += c;
    }
    return out;
}

bool is_nonce(std::string_view text) {
    return !text.empty() && text.size() <= 255 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F && c != ','; });
}

std::string make_nonce() { return base64url_encode(random_bytes(18)); }

std::string xor_bytes(std::string_view a, std::string_view b) {
    std::string out(a);
    for (std::size_t i = 0; i < out.size() && i < b.size(); ++i) out[i] = static_cast<char>(out[i] ^ b[i]);
    return out;
}

std::optional<ScramName> scram_name(std::string_view mechanism) {
    if (iequals(mechanism, "SCRAM-SHA-256-PLUS")) return ScramName{ScramHash::sha256, true};
    if (iequals(mechanism, "SCRAM-SHA-256")) return ScramName{ScramHash::sha256, false};
    if (iequals(mechanism, "SCRAM-SHA-1-PLUS")) return ScramName{ScramHash::sha1, true};
    if (iequals(mechanism, "SCRAM-SHA-1")) return ScramName{ScramHash::sha1, false};
    return std::nullopt;
}

}  // namespace restante::sasl
