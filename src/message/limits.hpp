#pragma once
// What a message may cost, and what was strange about it. Nothing here makes a message unacceptable: what is received
// must never depend on parsing it, so over a limit the rest is left out and the message is flagged.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace restante::message {

struct Limits {
    std::size_t max_header_bytes = 1024 * 1024;  // one header section; fields behind it are dropped
    std::size_t max_fields = 10'000;             // one header section
    std::size_t max_field_bytes = 64 * 1024;     // one field with its folds; longer ones are cut
    std::size_t max_depth = 100;                 // nesting of multiparts; deeper ones stay one opaque part
    std::size_t max_parts = 10'000;              // leaves and multiparts together
    std::size_t max_addresses = 1'000;           // of one address field
    std::size_t max_references = 100;            // Message-IDs kept of one field: the first and the last half
    std::size_t max_text_bytes = 1024 * 1024;    // of the body text, decoded
    std::size_t max_html_bytes = 1024 * 1024;    // of one HTML part, decoded, before it becomes text
    std::size_t max_attachments = 1'000;         // listed
};

enum class Oddity : std::uint8_t {
    no_header,             // the message starts with its body
    malformed_field,       // a header line that is neither a field nor a fold
    nul_in_header,         // read as U+FFFD
    bare_cr_in_header,     // read as a blank
    too_many_fields,       // over max_fields or max_header_bytes, the rest dropped
    field_too_long,        // over max_field_bytes, cut
    several_from,          // two From fields: which one a scanner or a person sees is anybody's guess
    several_content_type,  // two Content-Type fields in one header: parsers differ (the first is taken here)
    bad_address,           // an entry of an address field that is no address
    nested_groups,         // a ':' inside an address group
    too_many_addresses,    // over max_addresses
    too_deep,              // over max_depth
    too_many_parts,        // over max_parts
    no_boundary,           // a multipart without a usable boundary: shown as text
    unclosed_multipart,    // the closing boundary is missing
    unknown_charset,       // declared charset unknown or wrong, guessed instead
    text_cut,              // over max_text_bytes or max_html_bytes
    too_many_attachments,  // over max_attachments
};

class Oddities {
public:
    void add(Oddity oddity) { bits_ |= 1U << static_cast<unsigned>(oddity); }
    void add(const Oddities& others) { bits_ |= others.bits_; }
    bool has(Oddity oddity) const { return (bits_ >> static_cast<unsigned>(oddity) & 1U) != 0; }
    bool empty() const { return bits_ == 0; }
    /// Stable names ("several_from"), for logs and the API.
    std::vector<std::string> names() const;

private:
    std::uint32_t bits_ = 0;
};

}  // namespace restante::message
