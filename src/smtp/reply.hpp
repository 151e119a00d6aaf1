#pragma once
// A reply of an SMTP server: three digits, an enhanced status code, text (RFC 5321 4.2, RFC 2034, RFC 3463).
#include <cstdint>
#include <string>
#include <string_view>

namespace restante::smtp {

/// RFC 3463 class.subject.detail; klass 0 means that the reply carries none (greeting, EHLO, 3xx).
struct EnhancedCode {
    std::uint8_t klass = 0;
    std::uint16_t subject = 0;
    std::uint16_t detail = 0;
    bool operator==(const EnhancedCode&) const = default;
};

struct Reply {
    std::uint16_t code = 0;
    EnhancedCode enhanced;
    std::string text;  // lines separated by '\n'; printable ASCII, never CR

    bool positive() const { return code >= 200 && code < 400; }
    bool temporary() const { return code >= 400 && code < 500; }
    bool permanent() const { return code >= 500; }
};

/// "5.1.1"; empty for class 0.
std::string to_string(const EnhancedCode& code);

/// Appends the reply as it goes over the wire, one "250-" line for each line but the last.
/// Bytes of the text that could end a line or drive a terminal become '?' and a line is cut at 512 octets
/// (RFC 5321 4.5.3.1.5), so that no text can forge a reply.
void append_wire(std::string& out, const Reply& reply);
std::string to_wire(const Reply& reply);

/// Reads "5.1.1 " at the start of a reply's text and removes it from there. Class 0 if there is none.
EnhancedCode take_enhanced(std::string_view& text);

}  // namespace restante::smtp
