#pragma once
// A header section as signatures see it: every octet counts. Pure.
#include <string>
#include <string_view>
#include <vector>

namespace restante::mailauth {

/// Borrows from its HeaderFields.
struct RawField {
    std::string_view name;   // as written, without blanks before the colon
    std::string_view whole;  // from the name on, folds kept, without the final line end
    std::string_view value() const { return whole.substr(whole.find(':') + 1); }
    std::size_t offset = 0;  // of the first octet
    std::size_t length = 0;  // with the final line end
};

/// Owns the bytes, so that the views stay. Not copied.
class HeaderFields {
public:
    /// bytes: a message from its first octet to the end of the header or beyond; lines end in CRLF, a bare LF is taken
    /// as well. What is no field ("From " lines, garbage) is left out. `most` fields are kept.
    explicit HeaderFields(std::string bytes, std::size_t most = 10'000);
    HeaderFields(const HeaderFields&) = delete;
    HeaderFields& operator=(const HeaderFields&) = delete;

    const std::vector<RawField>& all() const { return fields_; }
    /// From top to bottom, names in any case.
    std::vector<const RawField*> named(std::string_view name) const;
    /// Where the body begins: behind the empty line; the size of the bytes if there is none.
    std::size_t body_offset() const { return body_offset_; }

private:
    const std::string bytes_;
    std::vector<RawField> fields_;
    std::size_t body_offset_ = 0;
};

/// Finds the end of a header section in pieces: feed() gives the octets up to and including the empty line's end, or
/// npos while it has not come.
class HeaderEnd {
public:
    std::size_t feed(std::string_view piece);

private:
    std::size_t seen_ = 0;
    bool line_start_ = true, carriage_return_ = false;
};

}  // namespace restante::mailauth
