#include "sasl/prep.hpp"

#include <unicode/usprep.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace restante::sasl {
namespace {
bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::optional<std::vector<UChar>> utf16_of(std::string_view text) {
    std::vector<UChar> out(text.size() + 1);
    int32_t length = 0;
    UErrorCode failed = U_ZERO_ERROR;
    u_strFromUTF8(out.data(), static_cast<int32_t>(out.size()), &length, text.data(), static_cast<int32_t>(text.size()),
                  &failed);
    if (U_FAILURE(failed)) return std::nullopt;
    out.resize(static_cast<std::size_t>(length));
    return out;
}

std::optional<std::string> to_utf8(const UChar* text, int32_t length) {
    std::string out(static_cast<std::size_t>(length) * 3 + 1, '\0');
    int32_t octets = 0;
    UErrorCode failed = U_ZERO_ERROR;
    u_strToUTF8(out.data(), static_cast<int32_t>(out.size()), &octets, text, length, &failed);
    if (U_FAILURE(failed)) return std::nullopt;
    out.resize(static_cast<std::size_t>(octets));
    return out;
}
}  // namespace

std::optional<std::string> prepare(std::string_view text) {
    constexpr std::size_t longest = 1 << 16;
    if (is_plain(text)) return std::string(text);
    if (text.size() > longest) return std::nullopt;
    const auto wide = utf16_of(text);
    if (!wide) return std::nullopt;
    UErrorCode failed = U_ZERO_ERROR;
    const std::unique_ptr<UStringPrepProfile, decltype(&usprep_close)> profile(
        usprep_openByType(USPREP_RFC4013_SASLPREP, &failed), usprep_close);
    if (U_FAILURE(failed)) return std::nullopt;
    std::vector<UChar> prepared(wide->size() * 18 + 1);  // the longest NFKC expansion of one code unit
    const int32_t length = usprep_prepare(profile.get(), wide->data(), static_cast<int32_t>(wide->size()),
                                          prepared.data(), static_cast<int32_t>(prepared.size()), USPREP_DEFAULT,
                                          nullptr, &failed);
    if (U_FAILURE(failed)) return std::nullopt;
    return to_utf8(prepared.data(), length);
}

}  // namespace restante::sasl
