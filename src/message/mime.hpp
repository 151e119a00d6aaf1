#pragma once
// The MIME structure of a message (RFC 2046 5.1) as a flat list of views into its bytes: nothing is copied or decoded,
// and nothing recurses, however deep a sender nests.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "message/content_type.hpp"
#include "message/header.hpp"
#include "message/limits.hpp"

namespace restante::message {

struct MimePart {
    ParameterValue type;         // text/plain where nothing usable is declared (message/rfc822 in a digest)
    ParameterValue disposition;  // value empty where none is declared
    std::string encoding;        // Content-Transfer-Encoding, lower case
    std::string_view body;       // encoded; points into the message
    std::size_t parent = 0;      // index of the multipart it is in; of the root its own
    std::size_t depth = 0;       // 0: the message itself

    /// Of Content-Disposition, else of Content-Type; as sent, not yet safe (safe_file_name).
    std::string_view file_name() const;
};

/// Parts in the order of the message, parents before their children. At least one. Parts in attached messages
/// (message/rfc822) are not looked at. `body` is what follows the header section.
std::vector<MimePart> mime_parts(const HeaderSection& header, std::string_view body, const Limits& limits,
                                 Oddities& oddities);

}  // namespace restante::message
