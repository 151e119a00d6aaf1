#include "relay/dsn.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "message/compose.hpp"

namespace restante::relay {
namespace {
constexpr std::size_t kReason = 900;  // octets of a line that repeats what others said

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string one_line(const std::string& text) {
    std::string out = escape_for_log(text, kReason);
    std::replace(out.begin(), out.end(), '\n', ' ');
    return out;
}

struct Words {
    const char* subject;
    const char* action;
    const char* says;
};

Words words_of(Notice notice) {
    switch (notice) {
        case Notice::failed:
            return {"Undelivered mail returned to its sender", "failed",
                    "Your message could not be delivered to the recipients below. It will not be tried again."};
        case Notice::delayed:
            return {
                "Mail is delayed", "delayed",
                "Your message has not been delivered to the recipients below yet. You need not send it again: it is "
                "tried on."};
        case Notice::relayed:
            return {"Mail was passed on", "relayed",
                    "Your message was passed on to a server that sends no confirmations. None will come from there."};
        case Notice::delivered:
            return {"Mail was delivered", "delivered", "Your message was delivered to the recipients below."};
    }
    return {"", "", ""};
}

/// UTF-8 stands in reports of its own kind only (RFC 6533 3).
bool needs_utf8(const Report& report) {
    if (!is_ascii(report.mail.envelope.reverse_path->to_string())) return true;
    return std::any_of(report.fates.begin(), report.fates.end(), [](const Fate& fate) {
        return !is_ascii(fate.recipient.address.to_string()) ||
               (fate.recipient.orcpt && !is_ascii(fate.recipient.orcpt->address));
    });
}

std::string text_part(const Report& report, const Words& words) {
    std::string out =
        std::string("This is the mail server ") + report.host_name + ".\r\n\r\n" + words.says + "\r\n\r\n";
    for (const Fate& fate : report.fates) {
        out += "<" + fate.recipient.address.to_string() + ">";
        if (!fate.reason.empty()) out += ": " + one_line(fate.reason);
        out += "\r\n";
    }
    if (report.notice == Notice::delayed) out += "\r\nIt is given up on " + to_rfc5322(report.until) + ".\r\n";
    if (report.notice == Notice::failed && !report.whole) out += "\r\nThe header of your message is attached.\r\n";
    return out;
}

std::string status_part(const Report& report, const Words& words) {
    std::string out;
    if (!report.mail.envelope.envid.empty())
        out += "Original-Envelope-Id: " + one_line(report.mail.envelope.envid) + "\r\n";
    out += "Reporting-MTA: dns; " + report.host_name + "\r\n";
    out += "Arrival-Date: " + to_rfc5322(report.mail.queued_at) + "\r\n";
    for (const Fate& fate : report.fates) {
        out += "\r\n";
        if (const auto& orcpt = fate.recipient.orcpt)
            out += "Original-Recipient: " + one_line(orcpt->type) + ";" + one_line(orcpt->address) + "\r\n";
        const std::string address = fate.recipient.address.to_string();
        out += std::string("Final-Recipient: ") + (is_ascii(address) ? "rfc822" : "utf-8") + ";" + address + "\r\n";
        out += std::string("Action: ") + words.action + "\r\nStatus: " + fate.status + "\r\n";
        if (!fate.host.empty()) out += "Remote-MTA: dns; " + fate.host + "\r\n";
        if (!fate.reply.empty()) out += "Diagnostic-Code: smtp; " + one_line(fate.reply) + "\r\n";
        out += "Last-Attempt-Date: " + to_rfc5322(report.now) + "\r\n";
        if (report.notice == Notice::delayed) out += "Will-Retry-Until: " + to_rfc5322(report.until) + "\r\n";
    }
    return out;
}

std::string part(const std::string& boundary, const std::string& type, const std::string& text) {
    std::string out = "--" + boundary + "\r\nContent-Type: " + type + "\r\n";
    if (!is_ascii(text)) out += "Content-Transfer-Encoding: 8bit\r\n";
    return out + "\r\n" + text + (text.ends_with("\r\n") ? "" : "\r\n");
}
}  // namespace

bool wanted(Notice notice, const message::Envelope& envelope, const message::Notify& notify) {
    if (!envelope.reverse_path || notify.never) return false;
    switch (notice) {
        case Notice::failed:
            return !notify.given() || notify.failure;
        case Notice::delayed:
            return !notify.given() || notify.delay;
        case Notice::relayed:
        case Notice::delivered:
            return notify.success;
    }
    return false;
}

std::string header_section(const std::string& message) {
    if (message.starts_with("\r\n")) return "";
    const std::size_t end = message.find("\r\n\r\n");
    return end == std::string::npos ? message : message.substr(0, end + 2);
}

std::string write_report(const Report& report) {
    const Words words = words_of(report.notice);
    const bool utf8 = needs_utf8(report), utf8_original = utf8 || !is_ascii(header_section(report.original));
    const std::string global = utf8 ? "global-" : "", &boundary = report.boundary;
    std::string parts = "This is a delivery report in MIME form.\r\n\r\n";
    parts += part(boundary, "text/plain; charset=utf-8", text_part(report, words));
    parts += part(boundary, "message/" + global + "delivery-status", status_part(report, words));
    const std::string original = report.whole ? (utf8_original ? "message/global" : "message/rfc822")
                                              : (utf8_original ? "message/global-headers" : "text/rfc822-headers");
    parts += part(boundary, original, report.original) + "--" + boundary + "--\r\n";

    std::string out = "From: Mail Delivery System <postmaster@" + report.host_name + ">\r\n";
    out += "To: <" + report.mail.envelope.reverse_path->to_string() + ">\r\n";
    out += message::format_field("Subject", words.subject);
    out += "Date: " + to_rfc5322(report.now) + "\r\nMessage-ID: <" + report.message_id + ">\r\n";
    out += "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n";  // RFC 3834 5
    out += "Content-Type: multipart/report; report-type=" + global + "delivery-status;\r\n\tboundary=\"" + boundary +
           "\"\r\n";
    if (!is_ascii(parts)) out += "Content-Transfer-Encoding: 8bit\r\n";
    return out + "\r\n" + parts;
}

}  // namespace restante::relay
