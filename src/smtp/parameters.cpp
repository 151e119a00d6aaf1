#include "smtp/parameters.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace restante::smtp {
namespace {

constexpr std::size_t max_envid = 100;  // RFC 3461 4.4, as written
constexpr std::size_t max_orcpt = 500;  // RFC 3461 4.2, as written

struct Parameter {
    std::string_view name, value;
    bool has_value;
};

Parameter split_parameter(std::string_view word) {
    const std::size_t equals = word.find('=');
    const bool has_value = equals != std::string_view::npos;
    return {word.substr(0, equals), has_value ? word.substr(equals + 1) : std::string_view{}, has_value};
}

ArgumentFault good_if(bool good) { return good ? ArgumentFault::none : ArgumentFault::bad_parameter; }

bool printable_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

/// RFC 4954 5: xtext of a mailbox, or "<>".
bool valid_auth_parameter(std::string_view value) {
    const auto decoded = decode_xtext(value);
    if (!decoded || decoded->empty()) return false;
    return *decoded == "<>" || message::Address::parse(*decoded).has_value();
}

void append_utf8(std::string& out, std::uint32_t point) {
    if (point < 0x80) {
        out += static_cast<char>(point);
        return;
    }
    const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static constexpr unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
    out += static_cast<char>(leads[more] | (point >> (6 * more)));
    for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((point >> (6 * i)) & 0x3F));
}

/// Hexadecimal code point of "{20AC}"; removed from text. RFC 6533 3: upper case, no leading zero, no surrogate.
std::optional<std::uint32_t> take_code_point(std::string_view& text) {
    const std::size_t close = text.find('}');
    if (!text.starts_with('{') || close == std::string_view::npos || close < 3 || close > 7) return std::nullopt;
    std::uint32_t point = 0;
    for (const char c : text.substr(1, close - 1)) {
        const bool digit = c >= '0' && c <= '9';
        if (!digit && (c < 'A' || c > 'F')) return std::nullopt;
        point = point * 16 + static_cast<std::uint32_t>(digit ? c - '0' : c - 'A' + 10);
    }
    if (text[1] == '0' || point < 0x20 || point == 0x7F || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        return std::nullopt;
    text.remove_prefix(close + 1);
    return point;
}

/// RFC 6533 3: utf-8-addr-xtext, with \x{HEX}; UTF-8 as it is where the transaction takes it (utf-8-addr-unitext).
std::optional<std::string> decode_utf8_address(std::string_view text, bool raw_utf8) {
    std::string out;
    while (!text.empty()) {
        const char c = text.front();
        if (c == '\\') {
            if (!text.starts_with("\\x")) return std::nullopt;
            text.remove_prefix(2);
            const auto point = take_code_point(text);
            if (!point) return std::nullopt;
            append_utf8(out, *point);
            continue;
        }
        const bool eight_bit = static_cast<unsigned char>(c) >= 0x80;
        if (eight_bit ? !raw_utf8 : c <= ' ' || c == 0x7F || c == '+' || c == '=') return std::nullopt;
        out += c;
        text.remove_prefix(1);
    }
    if (!is_valid_utf8(out)) return std::nullopt;
    return out;
}

}  // namespace

ArgumentFault MailParameters::read(std::string_view word) {
    const auto [name, value, has_value] = split_parameter(word);
    message::Envelope& envelope = mail_.envelope;
    if (offered_.size && iequals(name, "SIZE")) return read_size(value);
    if ((offered_.eight_bit_mime || offered_.binary_mime) && iequals(name, "BODY")) return read_body(value);
    if (offered_.auth && iequals(name, "AUTH"))
        return good_if(valid_auth_parameter(value) && !std::exchange(auth_, true));
    if (offered_.dsn && iequals(name, "RET")) return read_ret(value);
    if (offered_.dsn && iequals(name, "ENVID")) return read_envid(value);
    if (offered_.smtp_utf8 && iequals(name, "SMTPUTF8"))
        return good_if(!has_value && !std::exchange(envelope.smtputf8, true));
    if (offered_.require_tls && iequals(name, "REQUIRETLS"))
        return good_if(!has_value && !std::exchange(envelope.require_tls, true));
    return ArgumentFault::unknown_parameter;
}

ArgumentFault MailParameters::read_size(std::string_view value) {
    const auto size = parse_u64(value);  // RFC 1870 4: 1 to 20 digits
    if (!size || value.size() > 20 || mail_.size) return ArgumentFault::bad_parameter;
    mail_.size = size;
    return ArgumentFault::none;
}

ArgumentFault MailParameters::read_body(std::string_view value) {
    using message::Body;
    Body body = Body::unspecified;
    if (iequals(value, "7BIT")) body = Body::seven_bit;
    if (iequals(value, "8BITMIME") && offered_.eight_bit_mime) body = Body::eight_bit_mime;
    if (iequals(value, "BINARYMIME") && offered_.binary_mime) body = Body::binary_mime;
    if (body == Body::unspecified || mail_.envelope.body != Body::unspecified) return ArgumentFault::bad_parameter;
    mail_.envelope.body = body;
    return ArgumentFault::none;
}

ArgumentFault MailParameters::read_ret(std::string_view value) {
    using message::Ret;
    const Ret ret = iequals(value, "FULL") ? Ret::full : iequals(value, "HDRS") ? Ret::hdrs : Ret::unspecified;
    if (ret == Ret::unspecified || mail_.envelope.ret != Ret::unspecified) return ArgumentFault::bad_parameter;
    mail_.envelope.ret = ret;
    return ArgumentFault::none;
}

ArgumentFault MailParameters::read_envid(std::string_view value) {
    auto decoded = decode_xtext(value);
    if (!decoded || decoded->empty() || value.size() > max_envid || !printable_ascii(*decoded) ||
        !mail_.envelope.envid.empty())
        return ArgumentFault::bad_parameter;
    mail_.envelope.envid = std::move(*decoded);
    return ArgumentFault::none;
}

ArgumentFault RcptParameters::read(std::string_view word) {
    const auto [name, value, has_value] = split_parameter(word);
    if (offered_.dsn && iequals(name, "NOTIFY")) return read_notify(value);
    if (offered_.dsn && iequals(name, "ORCPT")) return read_orcpt(value);
    return ArgumentFault::unknown_parameter;
}

/// RFC 3461 4.1: NEVER alone, or a list of the others.
ArgumentFault RcptParameters::read_notify(std::string_view value) {
    if (rcpt_.recipient.notify.given()) return ArgumentFault::bad_parameter;
    message::Notify notify;
    for (const std::string_view word : split(value, ',')) {
        bool* const flag = iequals(word, "NEVER")     ? &notify.never
                           : iequals(word, "SUCCESS") ? &notify.success
                           : iequals(word, "FAILURE") ? &notify.failure
                           : iequals(word, "DELAY")   ? &notify.delay
                                                      : nullptr;
        if (flag == nullptr || std::exchange(*flag, true)) return ArgumentFault::bad_parameter;
    }
    if (notify.never && (notify.success || notify.failure || notify.delay)) return ArgumentFault::bad_parameter;
    rcpt_.recipient.notify = notify;
    return ArgumentFault::none;
}

ArgumentFault RcptParameters::read_orcpt(std::string_view value) {
    const std::size_t semicolon = value.find(';');
    if (rcpt_.recipient.orcpt || semicolon == std::string_view::npos || value.size() > max_orcpt)
        return ArgumentFault::bad_parameter;
    message::OriginalRecipient original;
    original.type = to_lower(value.substr(0, semicolon));
    const auto is_type_char = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (original.type.empty() || !std::ranges::all_of(original.type, is_type_char)) return ArgumentFault::bad_parameter;
    const std::string_view text = value.substr(semicolon + 1);
    auto decoded = original.type == "utf-8" ? decode_utf8_address(text, utf8_) : decode_xtext(text);
    if (!decoded || decoded->empty() || (original.type != "utf-8" && !printable_ascii(*decoded)))
        return ArgumentFault::bad_parameter;
    original.address = std::move(*decoded);
    rcpt_.recipient.orcpt = std::move(original);
    return ArgumentFault::none;
}

}  // namespace restante::smtp
