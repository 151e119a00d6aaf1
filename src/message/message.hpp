#pragma once
// An Internet message (RFC 5322, 2045), read once for everything that needs to know what is in it. Pure and
// thread-safe.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "message/address_list.hpp"
#include "message/header.hpp"
#include "message/html_text.hpp"
#include "message/limits.hpp"

namespace restante::message {

struct Attachment {
    std::string name;          // safe to show and to store under; "attachment-3" where none was given
    std::string type;          // "application/pdf"
    bool inline_part = false;  // shown inside the text by its sender (Content-ID or Content-Disposition: inline)
    std::size_t size = 0;      // decoded, in bytes
    std::size_t offset = 0;    // of the encoded content in the message
    std::size_t length = 0;    // of the encoded content
    std::string encoding;      // Content-Transfer-Encoding, lower case
};

/// Why a message was written by a program (RFC 3834 5).
enum class AutoMail { no, auto_submitted, precedence, x_autoreply, null_return_path, delivery_report };

/// Owns all its data; nothing points into the parsed bytes.
struct Message {
    std::vector<Field> fields;  // of the header section, in order

    std::vector<Mailbox> from, sender, reply_to, to, cc;
    std::string subject;                   // decoded, one clean line
    std::optional<Timestamp> date;         // nullopt: none, or unreadable
    std::string message_id;                // without angle brackets; empty: none
    std::vector<std::string> in_reply_to;  // without angle brackets
    std::vector<std::string> references;

    AutoMail auto_mail = AutoMail::no;  // X-Auto-Response-Suppress is no sign: Exchange puts it on people's mail
    bool list_mail = false;             // List-Id, List-Post or List-Unsubscribe is present
    bool delivery_report = false;       // multipart/report (RFC 6522), or a bounce in an older form

    std::string text;  // the best body as clean UTF-8 with LF lines; may be empty
    bool text_from_html = false;
    std::vector<TextRegion> regions;  // of text, where it came from HTML
    std::vector<Attachment> attachments;
    Oddities oddities;

    /// The first field of that name in any case, or nullptr.
    const Field* find(std::string_view name) const;
    /// The mailboxes of all fields of that name ("Delivered-To", "X-Original-To", "Envelope-To", ...).
    std::vector<Mailbox> mailboxes(std::string_view name, const Limits& limits = {}) const;
};

/// Reads any bytes; there is no message it refuses. Over a limit the rest is left out and `oddities` says so.
/// Large messages: hand in the first few MiB only (Limits bound what is kept, not what is scanned; a text that starts
/// behind them is not seen and attachments behind them are not listed). Memory: at most a few times `bytes` plus
/// Limits::max_text_bytes; time linear in `bytes` times the nesting depth, which is bounded.
Message parse(std::string_view bytes, const Limits& limits = {});

/// The decoded content of an attachment. `bytes`: what was given to parse().
std::string attachment_content(std::string_view bytes, const Attachment& attachment, std::size_t max_bytes);

const char* to_string(AutoMail reason);

}  // namespace restante::message
