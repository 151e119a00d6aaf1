#include "mailauth/header_fields.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace restante::mailauth {
namespace {

/// One line at a time, with where its end is.
struct Line {
    std::string_view text;  // without its end
    std::size_t begin = 0, next = 0;
};

Line line_at(std::string_view bytes, std::size_t begin) {
    std::size_t end = bytes.find('\n', begin);
    const std::size_t next = end == std::string_view::npos ? bytes.size() : end + 1;
    end = std::min(end, bytes.size());
    if (end > begin && bytes[end - 1] == '\r') --end;
    return {bytes.substr(begin, end - begin), begin, next};
}

/// Visible octets, then perhaps blanks, then the colon (RFC 5322 2.2, 4.5).
std::string_view field_name(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return {};
    const std::string_view name = trim(line.substr(0, colon));
    const bool valid = std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f; });
    return valid ? name : std::string_view();
}

}  // namespace

HeaderFields::HeaderFields(std::string bytes, std::size_t most) : bytes_(std::move(bytes)) {
    const std::string_view all = bytes_;
    body_offset_ = all.size();
    bool open = false;  // the last line belongs to the last field
    for (std::size_t at = 0; at < all.size();) {
        const Line line = line_at(all, at);
        at = line.next;
        if (line.text.empty()) {
            body_offset_ = line.next;
            return;
        }
        if (line.text.front() == ' ' || line.text.front() == '\t') {
            if (!open) continue;
            RawField& field = fields_.back();
            field.whole = all.substr(field.offset, line.begin + line.text.size() - field.offset);
            field.length = line.next - field.offset;
            continue;
        }
        const std::string_view name = field_name(line.text);
        open = !name.empty() && fields_.size() < most;
        if (open) fields_.push_back({name, line.text, line.begin, line.next - line.begin});
    }
}

std::vector<const RawField*> HeaderFields::named(std::string_view name) const {
    std::vector<const RawField*> out;
    for (const RawField& field : fields_)
        if (iequals(field.name, name)) out.push_back(&field);
    return out;
}

std::size_t HeaderEnd::feed(std::string_view piece) {
    for (std::size_t i = 0; i < piece.size(); ++i) {
        ++seen_;
        const char c = piece[i];
        if (c == '\n') {
            if (line_start_) return seen_;
            line_start_ = true;
        } else if (c != '\r' || !line_start_ || carriage_return_) {
            line_start_ = false;
        }
        carriage_return_ = c == '\r';
    }
    return std::string_view::npos;
}

}  // namespace restante::mailauth
