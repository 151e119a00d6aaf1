#include "message/mime.hpp"

#include "base/text.hpp"

namespace restante::message {
namespace {
constexpr std::size_t kMaxBoundary = 200;  // RFC 2046 5.1.1 allows 70

MimePart describe(const HeaderSection& header, std::string_view body, bool in_digest) {
    MimePart part;
    part.body = body;
    if (const Field* type = header.find("Content-Type"))
        part.type = parse_content_type(type->raw);
    else
        part.type.value = in_digest ? "message/rfc822" : "text/plain";  // RFC 2046 5.1.5
    if (const Field* disposition = header.find("Content-Disposition"))
        part.disposition = parse_content_disposition(disposition->raw);
    if (const Field* encoding = header.find("Content-Transfer-Encoding")) {
        const std::string value = unfold(encoding->raw);
        part.encoding = to_lower(trim(std::string_view(value).substr(0, value.find_first_of("; ("))));
    }
    return part;
}

bool has_two(const HeaderSection& header, std::string_view name) {
    int count = 0;
    for (const Field& field : header.fields) count += iequals(field.name, name) ? 1 : 0;
    return count > 1;
}

/// What a line is to the multipart with that boundary.
enum class Line { content, separator, close };

Line judge(std::string_view line, std::string_view boundary) {
    if (line.size() < boundary.size() + 2 || line.substr(0, 2) != "--") return Line::content;
    if (line.substr(2, boundary.size()) != boundary) return Line::content;
    const std::string_view rest = line.substr(boundary.size() + 2);
    if (trim(rest).empty()) return Line::separator;
    // "--x-y" is a line of its own right where "x" is the boundary (prefix-related boundaries).
    return rest.substr(0, 2) == "--" && trim(rest.substr(2)).empty() ? Line::close : Line::content;
}

struct Split {
    std::vector<std::string_view> parts;
    bool closed = false;
};

Split split_multipart(std::string_view body, std::string_view boundary, std::size_t most) {
    Split out;
    std::size_t part_start = std::string_view::npos;
    for (std::size_t at = 0; at < body.size();) {
        const std::size_t found = body.find('\n', at);
        const std::size_t end = found == std::string_view::npos ? body.size() : found;
        const Line kind = judge(body.substr(at, end - at), boundary);
        if (kind != Line::content) {
            if (part_start != std::string_view::npos) {
                // The line end before a boundary belongs to the boundary (RFC 2046 5.1.1).
                std::size_t stop = at;
                if (stop > part_start && body[stop - 1] == '\n') --stop;
                if (stop > part_start && body[stop - 1] == '\r') --stop;
                out.parts.push_back(body.substr(part_start, stop - part_start));
            }
            part_start = std::min(end + 1, body.size());
            out.closed = kind == Line::close;
            if (out.closed || out.parts.size() >= most) return out;
        }
        at = end + 1;
    }
    if (part_start != std::string_view::npos && part_start < body.size()) out.parts.push_back(body.substr(part_start));
    return out;
}

class Walker {
public:
    Walker(const Limits& limits, Oddities& oddities) : limits_(limits), oddities_(oddities) {}

    std::vector<MimePart> run(const HeaderSection& header, std::string_view body) {
        check(header);
        parts_.push_back(describe(header, body, false));
        expand(0);
        while (!pending_.empty()) {
            const Pending next = pending_.back();
            pending_.pop_back();
            take(next);
        }
        return std::move(parts_);
    }

private:
    struct Pending {
        std::string_view bytes;
        std::size_t parent;
    };

    void take(const Pending& next) {
        if (parts_.size() >= limits_.max_parts) {
            oddities_.add(Oddity::too_many_parts);
            pending_.clear();
            return;
        }
        HeaderSection header = scan_header(next.bytes, limits_);
        check(header);
        const bool in_digest = parts_[next.parent].type.value == "multipart/digest";
        MimePart part = describe(header, next.bytes.substr(header.body_offset), in_digest);
        part.parent = next.parent;
        part.depth = parts_[next.parent].depth + 1;
        parts_.push_back(std::move(part));
        expand(parts_.size() - 1);
    }

    void check(const HeaderSection& header) {
        if (has_two(header, "Content-Type")) oddities_.add(Oddity::several_content_type);
        for (const Oddity flag : {Oddity::nul_in_header, Oddity::too_many_fields, Oddity::field_too_long})
            if (header.oddities.has(flag)) oddities_.add(flag);
    }

    void expand(std::size_t index) {
        MimePart& part = parts_[index];
        if (!part.type.is_multipart()) return;
        if (part.depth >= limits_.max_depth) {
            oddities_.add(Oddity::too_deep);
            part.type = {"application/octet-stream", {}};
            return;
        }
        const std::string boundary(trim(part.type.parameter("boundary")));
        const Split split = boundary.empty() || boundary.size() > kMaxBoundary
                                ? Split{}
                                : split_multipart(part.body, boundary, limits_.max_parts);
        if (split.parts.empty()) {
            // No boundary, or none of its lines is there: a person shall still see what was sent.
            oddities_.add(Oddity::no_boundary);
            part.type = {"text/plain", {}};
            return;
        }
        if (!split.closed) oddities_.add(Oddity::unclosed_multipart);
        for (auto child = split.parts.rbegin(); child != split.parts.rend(); ++child)
            pending_.push_back({*child, index});
    }

    const Limits& limits_;
    Oddities& oddities_;
    std::vector<MimePart> parts_;
    std::vector<Pending> pending_;
};
}  // namespace

std::string_view MimePart::file_name() const {
    const std::string_view name = disposition.parameter("filename");
    return name.empty() ? type.parameter("name") : name;
}

std::vector<MimePart> mime_parts(const HeaderSection& header, std::string_view body, const Limits& limits,
                                 Oddities& oddities) {
    return Walker(limits, oddities).run(header, body);
}

}  // namespace restante::message
