#pragma once
// Which parts of a message are its text, and which are attachments.
#include <string_view>
#include <vector>

#include "message/message.hpp"
#include "message/mime.hpp"

namespace restante::message {

/// Sets text, text_from_html, regions and attachments, and adds to oddities. `bytes`: the whole message, into which
/// the parts point.
void read_body(Message& message, std::string_view bytes, const std::vector<MimePart>& parts, const Limits& limits);

/// RFC 3676: soft line ends joined, space-stuffing removed. "-- " stays a line of its own.
std::string unflow(std::string_view text, bool delete_space);

}  // namespace restante::message
