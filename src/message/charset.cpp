#include "message/charset.hpp"

#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace restante::message {
namespace {
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Alias {
    std::string_view label;
    const char* converter;
};

// What senders write against what they mean; the wider charset contains the narrower.
constexpr std::array kAliases{
    Alias{"us-ascii", "windows-1252"},
    Alias{"ascii", "windows-1252"},
    Alias{"ansi_x3.4-1968", "windows-1252"},
    Alias{"iso-8859-1", "windows-1252"},
    Alias{"latin1", "windows-1252"},
    Alias{"iso-8859-9", "windows-1254"},
    Alias{"iso-8859-8-i", "iso-8859-8"},
    Alias{"gb2312", "gb18030"},
    Alias{"gb_2312-80", "gb18030"},
    Alias{"gbk", "gb18030"},
    Alias{"cp936", "gb18030"},
    Alias{"x-gbk", "gb18030"},
    Alias{"ks_c_5601-1987", "windows-949"},
    Alias{"ksc5601", "windows-949"},
    Alias{"ks_c_5601", "windows-949"},
    Alias{"euc-kr", "windows-949"},
    Alias{"cp949", "windows-949"},
    Alias{"shift_jis", "windows-31j"},
    Alias{"shift-jis", "windows-31j"},
    Alias{"sjis", "windows-31j"},
    Alias{"x-sjis", "windows-31j"},
    Alias{"cp932", "windows-31j"},
    Alias{"iso-2022-jp-ms", "iso-2022-jp-2"},
    Alias{"cp50220", "iso-2022-jp-2"},
    Alias{"iso-2022-jp", "iso-2022-jp-2"},
    Alias{"big5", "big5-hkscs"},
    Alias{"x-x-big5", "big5-hkscs"},
    Alias{"unicode-1-1-utf-7", "utf-7"},
    Alias{"utf8", "utf-8"},
    Alias{"x-mac-roman", "macintosh"},
    Alias{"cp1252", "windows-1252"},
    Alias{"iso-8859-11", "windows-874"},
    Alias{"tis-620", "windows-874"},
    Alias{"koi8-ru", "koi8-u"},
};

std::string converter_name(std::string_view declared) {
    const std::string label = to_lower(trim(declared));
    const auto* found =
        std::find_if(kAliases.begin(), kAliases.end(), [&](const Alias& a) { return a.label == label; });
    return found != kAliases.end() ? found->converter : label;
}

struct Converted {
    std::string text;
    std::size_t replaced = 0;    // characters that did not fit
    std::size_t characters = 0;  // UTF-16 units
};

/// nullopt: ICU has no such converter.
std::optional<Converted> convert(std::string_view bytes, const std::string& name) {
    if (name.empty() || name.size() > 60 || name.find('\0') != std::string::npos) return std::nullopt;
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(ucnv_open(name.c_str(), &status), &ucnv_close);
    if (U_FAILURE(status)) return std::nullopt;
    std::vector<UChar> units(bytes.size() * 2 + 16);
    for (int attempt = 0; attempt < 2; ++attempt) {
        status = U_ZERO_ERROR;
        const std::int32_t length =
            ucnv_toUChars(converter.get(), units.data(), static_cast<std::int32_t>(units.size()), bytes.data(),
                          static_cast<std::int32_t>(bytes.size()), &status);
        if (status == U_BUFFER_OVERFLOW_ERROR) {
            units.resize(static_cast<std::size_t>(length) + 16);
            continue;
        }
        if (U_FAILURE(status)) return std::nullopt;
        units.resize(static_cast<std::size_t>(length));
        Converted out;
        out.characters = units.size();
        out.replaced = static_cast<std::size_t>(std::count(units.begin(), units.end(), UChar{0xFFFD}));
        out.text.resize(units.size() * 3);
        std::int32_t written = 0;
        u_strToUTF8WithSub(out.text.data(), static_cast<std::int32_t>(out.text.size()), &written, units.data(),
                           static_cast<std::int32_t>(units.size()), 0xFFFD, nullptr, &status);
        if (U_FAILURE(status)) return std::nullopt;
        out.text.resize(static_cast<std::size_t>(written));
        return out;
    }
    return std::nullopt;
}

/// A few bad bytes (a cut message, one stray byte) do not make the declaration wrong; many do.
bool fits(const Converted& converted) {
    return converted.replaced <= converted.characters / 20 || (converted.replaced == 1 && converted.characters >= 8);
}

bool is_ascii(std::string_view s) {
    return std::none_of(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

bool looks_like_iso_2022_jp(std::string_view s) {
    return s.find("\x1b$B") != std::string_view::npos || s.find("\x1b$@") != std::string_view::npos;
}
}  // namespace

Utf8Text to_utf8(std::string_view bytes, std::string_view declared) {
    if (looks_like_iso_2022_jp(bytes) && is_ascii(bytes)) declared = "iso-2022-jp";
    const std::string name = converter_name(declared);
    if (name == "utf-8" && is_valid_utf8(bytes)) return {std::string(bytes), false};
    if (is_ascii(bytes) && (declared.empty() || name == "windows-1252")) return {std::string(bytes), false};
    // windows-1252 takes any bytes, so UTF-8 under that label or under none must be looked for first.
    const bool weak = declared.empty() || name == "windows-1252";
    if (weak && is_valid_utf8(bytes)) return {std::string(bytes), true};
    if (!weak)
        if (auto converted = convert(bytes, name); converted && fits(*converted))
            return {std::move(converted->text), false};
    if (is_valid_utf8(bytes)) return {std::string(bytes), true};
    if (name != "utf-8")
        if (auto converted = convert(bytes, "utf-8"); converted && fits(*converted) && !weak)
            return {std::move(converted->text), true};
    if (auto converted = convert(bytes, "windows-1252")) return {std::move(converted->text), !weak || declared.empty()};
    return {std::string(kReplacement), true};
}

namespace {
/// Length of the control character at the start of s (C0, DEL, and U+0080-U+009F in UTF-8), or 0.
std::size_t control_length(std::string_view s) {
    const auto lead = static_cast<unsigned char>(s[0]);
    if (lead < 0x20 || lead == 0x7F) return 1;
    if (lead == 0xC2 && s.size() > 1 && static_cast<unsigned char>(s[1]) < 0xA0) return 2;
    return 0;
}
}  // namespace

std::string clean_text(std::string_view utf8) {
    std::string fixed;
    if (!is_valid_utf8(utf8)) {
        fixed = to_utf8(utf8, "utf-8").text;
        utf8 = fixed;
    }
    if (utf8.substr(0, 3) == "\xEF\xBB\xBF") utf8.remove_prefix(3);
    std::string out;
    out.reserve(utf8.size());
    std::size_t run = 0;  // octets that are kept and not copied yet
    while (run < utf8.size()) {
        const char c = utf8[run];
        const std::size_t control = c == '\n' || c == '\t' ? 0 : control_length(utf8.substr(run));
        if (control == 0) {
            ++run;
            continue;
        }
        out += utf8.substr(0, run);
        utf8.remove_prefix(run + control);
        run = 0;
    }
    out += utf8;
    return out;
}

std::string clean_line(std::string_view utf8) {
    std::string fixed;
    if (!is_valid_utf8(utf8)) {
        fixed = to_utf8(utf8, "utf-8").text;
        utf8 = fixed;
    }
    std::string out;
    out.reserve(utf8.size());
    bool blank = false;
    while (!utf8.empty()) {
        const std::size_t control = control_length(utf8);
        if (control > 0 || utf8[0] == ' ') {
            blank = true;
            utf8.remove_prefix(std::max<std::size_t>(control, 1));
            continue;
        }
        if (blank && !out.empty()) out += ' ';
        blank = false;
        out += utf8[0];
        utf8.remove_prefix(1);
    }
    return out;
}

}  // namespace restante::message
