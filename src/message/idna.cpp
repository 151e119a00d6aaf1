#include "message/idna.hpp"

#include <unicode/uidna.h>

#include <memory>

namespace restante::message {
namespace {

struct Close {
    void operator()(UIDNA* converter) const { uidna_close(converter); }
};

}  // namespace

std::optional<std::string> ascii_domain(std::string_view utf8) {
    constexpr std::uint32_t options =
        UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII;
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UIDNA, Close> converter(uidna_openUTS46(options, &status));
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    char ascii[256];  // a domain name has at most 255 octets
    const auto length = uidna_nameToASCII_UTF8(converter.get(), utf8.data(), static_cast<std::int32_t>(utf8.size()),
                                               ascii, sizeof ascii, &info, &status);
    if (U_FAILURE(status) || info.errors != 0 || length <= 0 || length > 255) return std::nullopt;
    return std::string(ascii, static_cast<std::size_t>(length));
}

}  // namespace restante::message
