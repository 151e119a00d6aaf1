#include "moving/uidl_format.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace restante::moving {
namespace {

constexpr std::size_t kMaxWidth = 70;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string in_hexadecimal(std::uint64_t number) {
    std::string out;
    do {
        out.insert(out.begin(), "0123456789abcdef"[number % 16]);
        number /= 16;
    } while (number > 0);
    return out;
}

std::string modified(std::string text, char modifier) {
    if (modifier == 'X') {
        if (const auto number = parse_u64(text)) return in_hexadecimal(*number);
    } else if (modifier == 'L') {
        return to_lower(text);
    } else if (modifier == 'U') {
        for (char& c : text)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    } else if (modifier == 'R') {
        std::reverse(text.begin(), text.end());
    }
    return text;
}

char short_name(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, char>, 5> kNames{
        {{"uid", 'u'}, {"uidvalidity", 'v'}, {"filename", 'f'}, {"guid", 'g'}, {"md5", 'm'}}};
    for (const auto& [known, letter] : kNames)
        if (known == name) return letter;
    return 0;
}

std::string value_of(char variable, const UidlFormat::Values& values) {
    switch (variable) {
        case 'u':
            return values.uid == 0 ? "" : std::to_string(values.uid);
        case 'v':
            return values.uid_validity == 0 ? "" : std::to_string(values.uid_validity);
        case 'f':
            return std::string(values.file_name);
        case 'g':
            return std::string(values.guid);
        default:
            return std::string(values.header_md5);
    }
}

}  // namespace

bool is_uidl(std::string_view text) {
    return !text.empty() && text.size() <= 70 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x21 && c <= 0x7E; });
}

Result<UidlFormat> UidlFormat::parse(std::string_view text) {
    UidlFormat out;
    Part part;
    std::size_t variables = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            part.literal += text[i];
            continue;
        }
        if (++i < text.size() && text[i] == '%') {
            part.literal += '%';
            continue;
        }
        part.zeros = i < text.size() && text[i] == '0';
        for (; i < text.size() && is_digit(text[i]); ++i) part.width = part.width * 10 + std::size_t(text[i] - '0');
        if (part.width > kMaxWidth) return fail(ErrorKind::invalid, "a width in the UIDL format is over 70");
        for (; i < text.size() && std::string_view("XLUR").find(text[i]) != std::string_view::npos; ++i)
            part.modifiers += text[i];
        if (i < text.size() && text[i] == '{') {
            const std::size_t end = std::min(text.find('}', i), text.size());
            part.variable = short_name(text.substr(i + 1, end - i - 1));
            i = end;
        } else if (i < text.size() && std::string_view("uvfgm").find(text[i]) != std::string_view::npos) {
            part.variable = text[i];
        }
        if (part.variable == 0)
            return fail(ErrorKind::invalid, "the UIDL format knows %u, %v, %f, %g and %m, with width and X, L, U or R");
        ++variables;
        out.parts_.push_back(std::exchange(part, Part{}));
    }
    out.parts_.push_back(std::move(part));
    if (variables == 0) return fail(ErrorKind::invalid, "the UIDL format has no variable: every UIDL would be the same");
    return out;
}

Result<std::string> UidlFormat::apply(const Values& values) const {
    std::string out;
    for (const Part& part : parts_) {
        out += part.literal;
        if (part.variable == 0) continue;
        std::string value = value_of(part.variable, values);
        if (value.empty())
            return fail(ErrorKind::not_found, std::string("there is no value for %") + part.variable + " of the UIDL format");
        for (const char modifier : part.modifiers) value = modified(std::move(value), modifier);
        if (part.zeros && value.size() < part.width) value.insert(0, part.width - value.size(), '0');
        if (!part.zeros && part.width > 0) value = value.substr(0, part.width);
        out += value;
    }
    if (!is_uidl(out)) return fail(ErrorKind::invalid, "\"" + escape_for_log(out, 80) + "\" cannot be a UIDL (RFC 1939 7)");
    return out;
}

}  // namespace restante::moving
