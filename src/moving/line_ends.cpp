#include "moving/line_ends.hpp"

namespace restante::moving {

void LineEnds::convert(std::string_view bytes, std::string& out) {
    while (!bytes.empty()) {
        const std::size_t at = bytes.find('\n');
        if (at == std::string_view::npos) {
            out += bytes;
            last_ = bytes.back();
            return;
        }
        const char before = at == 0 ? last_ : bytes[at - 1];
        out += bytes.substr(0, at);
        out += before == '\r' ? "\n" : "\r\n";
        last_ = '\n';
        bytes.remove_prefix(at + 1);
    }
}

void LineEnds::finish(std::string& out) {
    if (last_ == '\r') out += '\n';
    if (last_ != '\r' && last_ != '\n') out += "\r\n";
    last_ = '\n';
}

}  // namespace restante::moving
