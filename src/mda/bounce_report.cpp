#include "mda/bounce_report.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace restante::mda {
namespace {
constexpr std::size_t kMostRecipients = 1000;
constexpr std::size_t kReportOctets = 262'144;
constexpr std::size_t kDiagnosticOctets = 300;

/// "rfc822; bob@example.org"
std::string address_in(std::string_view value) {
    const std::size_t type = value.find(';');
    std::string_view address = trim(type == std::string_view::npos ? value : value.substr(type + 1));
    if (address.size() > 1 && address.front() == '<' && address.back() == '>')
        address = address.substr(1, address.size() - 2);
    return to_lower(address);
}

/// The fields of one recipient: a group between empty lines (RFC 3464 2.1).
void read_group(std::string_view group, std::vector<FailedRecipient>& out) {
    FailedRecipient one;
    std::string final_recipient;
    bool failed = false;
    for (const message::Field& field : message::scan_header(group, {}).fields) {
        const std::string value = message::unfold(field.raw);
        if (iequals(field.name, "Original-Recipient")) one.address = address_in(value);
        if (iequals(field.name, "Final-Recipient")) final_recipient = address_in(value);
        if (iequals(field.name, "Action")) failed = iequals(trim(value), "failed");
        if (iequals(field.name, "Status")) one.status = value;
        if (iequals(field.name, "Diagnostic-Code")) one.diagnostic = value.substr(0, kDiagnosticOctets);
    }
    if (one.address.empty()) one.address = std::move(final_recipient);
    if (failed && !one.address.empty()) out.push_back(std::move(one));
}
}  // namespace

std::optional<std::vector<FailedRecipient>> failed_recipients(std::string_view bytes, const message::Message& message) {
    std::vector<FailedRecipient> out;
    bool found = false;
    for (const message::Attachment& part : message.attachments) {
        if (part.type != "message/delivery-status" && part.type != "message/global-delivery-status") continue;
        found = true;
        const std::string text = message::attachment_content(bytes, part, kReportOctets);
        for (std::size_t begin = 0; begin < text.size() && out.size() < kMostRecipients;) {
            const std::size_t end = std::min({text.find("\n\n", begin), text.find("\n\r\n", begin), text.size()});
            read_group(std::string_view(text).substr(begin, end - begin), out);
            begin = text.find_first_not_of("\r\n", end);
        }
    }
    if (!found) return std::nullopt;
    return out;
}

}  // namespace restante::mda
