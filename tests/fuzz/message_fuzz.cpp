// Any bytes as a message, as HTML and as an address list: no crash, valid UTF-8 out, bounded results.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "message/compose.hpp"
#include "message/message.hpp"

using namespace restante;

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    message::Limits limits;
    limits.max_fields = 50;
    limits.max_depth = 8;
    limits.max_parts = 100;
    limits.max_field_bytes = 2000;
    limits.max_text_bytes = 8192;
    const message::Message m = message::parse(bytes, limits);
    require(is_valid_utf8(m.text) && is_valid_utf8(m.subject) && m.text.find('\0') == std::string::npos);
    require(m.text.size() <= 2 * 4 * limits.max_text_bytes && m.fields.size() <= limits.max_fields);
    for (const auto& region : m.regions) require(region.begin <= region.end && region.end <= m.text.size());
    for (const auto& attachment : m.attachments) {
        require(attachment.offset + attachment.length <= size);
        require(attachment.name.find_first_of("/\\\r\n") == std::string::npos);
    }
    const message::HtmlText html = message::html_to_text(bytes);
    for (const auto& region : html.regions) require(region.begin <= region.end && region.end <= html.text.size());
    message::Oddities oddities;
    for (const auto& mailbox : message::parse_mailboxes(bytes, limits, oddities)) {
        // What was taken as an address can be written and is read as the same again.
        message::Oddities again;
        const auto back = message::parse_mailboxes(message::format_mailboxes("To", {mailbox}).substr(3), limits, again);
        require(back.size() == 1 && back[0].address == mailbox.address);
    }
    return 0;
}
