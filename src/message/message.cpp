#include "message/message.hpp"

#include <gmime/gmime.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "message/body.hpp"
#include "message/encoding.hpp"
#include "message/mime.hpp"

namespace restante::message {
namespace {
struct AddressField {
    std::string_view name;
    std::vector<Mailbox> Message::*target;
};
constexpr std::array kAddressFields{
    AddressField{"From", &Message::from},
    AddressField{"Sender", &Message::sender},
    AddressField{"Reply-To", &Message::reply_to},
    AddressField{"To", &Message::to},
    AddressField{"Cc", &Message::cc},
};

std::string lower_value(const Message& message, std::string_view name) {
    const Field* field = message.find(name);
    return field == nullptr ? std::string() : to_lower(unfold(field->raw));
}

void read_addresses(Message& message, const Limits& limits) {
    for (const AddressField& wanted : kAddressFields) {
        int seen = 0;
        for (const Field& field : message.fields) {
            if (!iequals(field.name, wanted.name)) continue;
            if (++seen > 1 && wanted.name == "From") message.oddities.add(Oddity::several_from);
            auto& target = message.*wanted.target;
            for (Mailbox& mailbox : parse_mailboxes(field.raw, limits, message.oddities)) {
                if (target.size() >= limits.max_addresses) break;
                target.push_back(std::move(mailbox));
            }
        }
    }
}

std::optional<Timestamp> read_date(const Message& message) {
    const Field* field = message.find("Date");
    if (field == nullptr) return std::nullopt;
    GDateTime* date = g_mime_utils_header_decode_date(unfold(field->raw).c_str());
    if (date == nullptr) return std::nullopt;
    const Timestamp result{std::chrono::seconds{g_date_time_to_unix(date)}};
    g_date_time_unref(date);
    return result;
}

void read_ids(Message& message, const Limits& limits) {
    if (const Field* field = message.find("Message-ID")) {
        const auto ids = parse_message_ids(field->raw, 1);
        if (!ids.empty()) message.message_id = ids.front();
    }
    if (const Field* field = message.find("In-Reply-To"))
        message.in_reply_to = parse_message_ids(field->raw, limits.max_references);
    if (const Field* field = message.find("References"))
        message.references = parse_message_ids(field->raw, limits.max_references);
}

bool is_null_return_path(const Message& message) {
    const Field* field = message.find("Return-Path");
    return field != nullptr && unfold(field->raw) == "<>";
}

AutoMail judge_auto_mail(const Message& message) {
    if (message.delivery_report) return AutoMail::delivery_report;
    const std::string submitted = lower_value(message, "Auto-Submitted");
    const std::string_view keyword = trim(std::string_view(submitted).substr(0, submitted.find_first_of(";(")));
    if (!keyword.empty() && keyword != "no") return AutoMail::auto_submitted;  // RFC 3834 5
    const std::string precedence = lower_value(message, "Precedence");
    for (const std::string_view word : {"bulk", "junk", "list", "auto_reply", "auto-reply"})
        if (precedence == word) return AutoMail::precedence;
    for (const std::string_view name :
         {"X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Autoresponse", "X-Auto-Respond"}) {
        const std::string value = lower_value(message, name);
        if (!value.empty() && value != "no" && value != "false") return AutoMail::x_autoreply;
    }
    return is_null_return_path(message) ? AutoMail::null_return_path : AutoMail::no;
}

/// multipart/report, or what servers sent before RFC 1894: from the mail system, to nobody's name.
bool judge_delivery_report(const Message& message, const MimePart& root, const std::vector<MimePart>& parts) {
    if (root.type.value == "multipart/report") return true;
    for (const MimePart& part : parts)
        if (part.type.value == "message/delivery-status" || part.type.value == "message/disposition-notification")
            return true;
    if (message.find("X-Failed-Recipients") != nullptr) return true;
    return !message.from.empty() && iequals(message.from.front().address.local_part, "mailer-daemon");
}
}  // namespace

const char* to_string(AutoMail reason) {
    switch (reason) {
        case AutoMail::no:
            return "no";
        case AutoMail::auto_submitted:
            return "auto_submitted";
        case AutoMail::precedence:
            return "precedence";
        case AutoMail::x_autoreply:
            return "x_autoreply";
        case AutoMail::null_return_path:
            return "null_return_path";
        case AutoMail::delivery_report:
            return "delivery_report";
    }
    return "no";
}

const Field* Message::find(std::string_view name) const {
    for (const Field& field : fields)
        if (iequals(field.name, name)) return &field;
    return nullptr;
}

std::vector<Mailbox> Message::mailboxes(std::string_view name, const Limits& limits) const {
    std::vector<Mailbox> out;
    Oddities ignored;
    for (const Field& field : fields) {
        if (!iequals(field.name, name)) continue;
        for (Mailbox& mailbox : parse_mailboxes(field.raw, limits, ignored)) {
            if (out.size() >= limits.max_addresses) return out;
            out.push_back(std::move(mailbox));
        }
    }
    return out;
}

Message parse(std::string_view bytes, const Limits& limits) {
    HeaderSection header = scan_header(bytes, limits);
    Message message;
    message.oddities = header.oddities;
    const std::vector<MimePart> parts = mime_parts(header, bytes.substr(header.body_offset), limits, message.oddities);
    message.fields = std::move(header.fields);
    read_addresses(message, limits);
    read_ids(message, limits);
    message.date = read_date(message);
    if (const Field* subject = message.find("Subject")) message.subject = subject->decoded();
    message.delivery_report = judge_delivery_report(message, parts.front(), parts);
    message.auto_mail = judge_auto_mail(message);
    for (const std::string_view name : {"List-Id", "List-Post", "List-Unsubscribe"})
        message.list_mail = message.list_mail || message.find(name) != nullptr;
    read_body(message, bytes, parts, limits);
    return message;
}

std::string attachment_content(std::string_view bytes, const Attachment& attachment, std::size_t max_bytes) {
    if (attachment.offset > bytes.size()) return {};
    return decode_transfer_encoding(bytes.substr(attachment.offset, attachment.length), attachment.encoding, max_bytes);
}

}  // namespace restante::message
