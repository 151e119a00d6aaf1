#include "pop3/reply.hpp"

#include <array>
#include <charconv>

namespace restante::pop3 {

std::string_view to_string(ResponseCode code) {
    switch (code) {
        case ResponseCode::none:
            return "";
        case ResponseCode::in_use:
            return "IN-USE";
        case ResponseCode::login_delay:
            return "LOGIN-DELAY";
        case ResponseCode::auth:
            return "AUTH";
        case ResponseCode::sys_temp:
            return "SYS/TEMP";
        case ResponseCode::sys_perm:
            return "SYS/PERM";
    }
    return "";
}

void append_ok(std::string& out, std::string_view text) {
    out += "+OK";
    if (!text.empty()) (out += ' ') += text;
    out += "\r\n";
}

void append_refusal(std::string& out, const Refusal& refusal) {
    out += "-ERR ";
    if (refusal.code != ResponseCode::none) ((out += '[') += to_string(refusal.code)) += "] ";
    (out += refusal.text) += "\r\n";
}

void append_number(std::string& out, std::uint64_t value) {
    std::array<char, 20> digits{};
    const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    out.append(digits.data(), result.ptr);
}

}  // namespace restante::pop3
