#include "sasl/ntlm.hpp"

#include <unicode/uchar.h>
#include <unicode/ustring.h>

#include <vector>

#include "sasl/hash.hpp"

namespace restante::sasl::ntlm {

std::optional<std::string> to_utf16(std::string_view text) {
    std::vector<UChar> wide(text.size() + 1);
    int32_t length = 0;
    UErrorCode failed = U_ZERO_ERROR;
    u_strFromUTF8(wide.data(), static_cast<int32_t>(wide.size()), &length, text.data(),
                  static_cast<int32_t>(text.size()), &failed);
    if (U_FAILURE(failed)) return std::nullopt;
    std::string out;
    for (int32_t i = 0; i < length; ++i) append_number(out, wide[static_cast<std::size_t>(i)], 2);
    return out;
}

std::optional<std::string> from_utf16(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::vector<UChar> wide;
    for (std::size_t i = 0; i < text.size(); i += 2) wide.push_back(static_cast<UChar>(number_at(text, i, 2)));
    std::string out(wide.size() * 3 + 1, '\0');
    int32_t octets = 0;
    UErrorCode failed = U_ZERO_ERROR;
    u_strToUTF8(out.data(), static_cast<int32_t>(out.size()), &octets, wide.data(), static_cast<int32_t>(wide.size()),
                &failed);
    if (U_FAILURE(failed)) return std::nullopt;
    out.resize(static_cast<std::size_t>(octets));
    return out;
}

std::string upper_utf16(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        const UChar32 unit = static_cast<UChar32>(number_at(text, i, 2));
        const UChar32 upper = U_IS_SURROGATE(unit) ? unit : u_toupper(unit);
        append_number(out, static_cast<std::uint64_t>(upper <= 0xFFFF ? upper : unit), 2);
    }
    return out;
}

std::string password_key(std::string_view password, std::string_view user, std::string_view domain) {
    const std::string wide = to_utf16(password).value_or(std::string(password));
    return hmac(Hash::md5, md4(wide), upper_utf16(user) + std::string(domain));
}

std::string proof(std::string_view key, std::string_view challenge, std::string_view temp) {
    return hmac(Hash::md5, key, std::string(challenge) + std::string(temp));
}

std::uint32_t number_at(std::string_view message, std::size_t offset, std::size_t octets) {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < octets && offset + i < message.size(); ++i)
        out |= static_cast<std::uint32_t>(static_cast<unsigned char>(message[offset + i])) << (8 * i);
    return out;
}

void append_number(std::string& out, std::uint64_t value, std::size_t octets) {
    for (std::size_t i = 0; i < octets; ++i) out += static_cast<char>(value >> (8 * i) & 0xFFU);
}

std::optional<std::string_view> payload(std::string_view message, std::size_t field) {
    if (field + 8 > message.size()) return std::nullopt;
    const std::size_t length = number_at(message, field, 2), offset = number_at(message, field + 4, 4);
    if (length == 0) return std::string_view();
    if (offset > message.size() || length > message.size() - offset) return std::nullopt;
    return message.substr(offset, length);
}

bool is_message(std::string_view message, std::uint32_t type, std::size_t least) {
    constexpr std::string_view signature("NTLMSSP\0", 8);
    return message.size() >= least && message.starts_with(signature) && number_at(message, 8, 4) == type;
}

std::optional<std::string_view> av_pair(std::string_view target_info, std::uint16_t id) {
    while (target_info.size() >= 4) {
        const std::uint32_t found = number_at(target_info, 0, 2), length = number_at(target_info, 2, 2);
        if (found == 0 || length > target_info.size() - 4) return std::nullopt;
        if (found == id) return target_info.substr(4, length);
        target_info.remove_prefix(4 + length);
    }
    return std::nullopt;
}

void append_av_pair(std::string& out, std::uint16_t id, std::string_view value) {
    append_number(out, id, 2);
    append_number(out, value.size(), 2);
    out += value;
}

}  // namespace restante::sasl::ntlm
