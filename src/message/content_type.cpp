#include "message/content_type.hpp"

#include <gmime/gmime.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "base/text.hpp"
#include "message/charset.hpp"
#include "message/header.hpp"

namespace restante::message {
namespace {
void start_gmime() {
    static std::once_flag once;
    std::call_once(once, [] { g_mime_init(); });
}

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};

std::vector<std::pair<std::string, std::string>> copy_parameters(GMimeParamList* list) {
    std::vector<std::pair<std::string, std::string>> out;
    const int count = list == nullptr ? 0 : g_mime_param_list_length(list);
    for (int i = 0; i < count; ++i) {
        GMimeParam* parameter = g_mime_param_list_get_parameter_at(list, i);
        const char* name = g_mime_param_get_name(parameter);
        const char* value = g_mime_param_get_value(parameter);
        if (name != nullptr && value != nullptr) out.emplace_back(to_lower(name), decode_words(value));
    }
    return out;
}

bool is_token(std::string_view s) {
    if (s.empty() || s.size() > 127) return false;
    for (const char c : s)
        if (c <= 0x20 || c >= 0x7F || std::string_view("()<>@,;:\\\"/[]?=").find(c) != std::string_view::npos)
            return false;
    return true;
}
/// Where the continuation number of `name*3*=` stands, or 0.
unsigned continuation(std::string_view parameter) {
    const std::size_t star = parameter.substr(0, parameter.find('=')).find('*');
    if (star == std::string_view::npos) return 0;
    const std::string_view rest = parameter.substr(star + 1);
    const auto number = parse_u64(rest.substr(0, rest.find_first_not_of("0123456789")));
    return number && *number < 1000 ? static_cast<unsigned>(*number) : 0;
}

/// RFC 2231 3 allows continuations in any order; GMime takes the charset only from one that stands first.
std::string with_ordered_parameters(const std::string& text) {
    if (text.find('*') == std::string::npos) return text;
    std::vector<std::string_view> parts;
    bool quoted = false;
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && quoted)
            ++i;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (text[i] == ';' && !quoted) {
            parts.push_back(std::string_view(text).substr(start, i - start));
            start = i + 1;
        }
    }
    parts.push_back(std::string_view(text).substr(start));
    std::stable_sort(parts.begin() + 1, parts.end(),
                     [](std::string_view a, std::string_view b) { return continuation(a) < continuation(b); });
    std::string out;
    for (const std::string_view part : parts) (out.empty() ? out : out += ';') += part;
    return out;
}
}  // namespace

std::string_view ParameterValue::parameter(std::string_view name) const {
    for (const auto& [key, text] : parameters)
        if (key == name) return text;
    return {};
}

ParameterValue parse_content_type(std::string_view raw) {
    start_gmime();
    const std::string text = with_ordered_parameters(unfold(raw));
    const std::unique_ptr<GMimeContentType, Unref> type(g_mime_content_type_parse(nullptr, text.c_str()));
    const std::string_view written = trim(std::string_view(text).substr(0, text.find(';')));
    const std::size_t slash = written.find('/');
    const bool usable =
        slash != std::string_view::npos && is_token(written.substr(0, slash)) && is_token(written.substr(slash + 1));
    if (type == nullptr || !usable) return {"text/plain", {}};
    const std::string major = to_lower(written.substr(0, slash));
    const std::string minor = to_lower(written.substr(slash + 1));
    return {major + '/' + minor, copy_parameters(g_mime_content_type_get_parameters(type.get()))};
}

ParameterValue parse_content_disposition(std::string_view raw) {
    start_gmime();
    const std::string text = with_ordered_parameters(unfold(raw));
    const std::unique_ptr<GMimeContentDisposition, Unref> disposition(
        g_mime_content_disposition_parse(nullptr, text.c_str()));
    if (disposition == nullptr) return {"attachment", {}};
    const char* value = g_mime_content_disposition_get_disposition(disposition.get());
    std::string kind = to_lower(value == nullptr ? "" : value);
    if (!is_token(kind)) kind = "attachment";
    return {std::move(kind), copy_parameters(g_mime_content_disposition_get_parameters(disposition.get()))};
}

std::string safe_file_name(std::string_view name) {
    constexpr std::size_t max_length = 150;
    constexpr std::size_t max_extension = 12;
    std::string clean = clean_line(name);
    clean = clean.substr(clean.find_last_of("/\\") + 1);
    std::string out;
    for (std::size_t i = 0; i < clean.size(); ++i) {
        const std::string_view three = std::string_view(clean).substr(i, 3);
        // U+200E/F, U+202A-E, U+2066-9 turn the direction of text: "cod.exe" could be shown as "exe.doc".
        const bool turns = three == "\xE2\x80\x8E" || three == "\xE2\x80\x8F" ||
                           (three >= "\xE2\x80\xAA" && three <= "\xE2\x80\xAE") ||
                           (three >= "\xE2\x81\xA6" && three <= "\xE2\x81\xA9");
        if (turns && three.size() == 3) {
            i += 2;
            continue;
        }
        out += std::string_view("\"*:<>?|").find(clean[i]) == std::string_view::npos ? clean[i] : '_';
    }
    out.erase(0, out.find_first_not_of(". "));
    if (out.size() <= max_length) return out;
    const std::size_t dot = out.rfind('.');
    const std::string extension = dot != std::string::npos && out.size() - dot <= max_extension ? out.substr(dot) : "";
    std::size_t keep = max_length - extension.size();
    while (keep > 0 && (static_cast<unsigned char>(out[keep]) & 0xC0U) == 0x80) --keep;  // never inside a character
    return out.substr(0, keep) + extension;
}

}  // namespace restante::message
