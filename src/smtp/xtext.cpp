#include "smtp/xtext.hpp"

namespace restante::smtp {

std::string encode_xtext(std::string_view text) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        if (u > 0x20 && u < 0x7F && c != '+' && c != '=') {
            out += c;
        } else {
            out += '+';
            out += kDigits[u >> 4];
            out += kDigits[u & 15];
        }
    }
    return out;
}

}  // namespace restante::smtp
