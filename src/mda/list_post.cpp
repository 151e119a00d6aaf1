#include "mda/list_post.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "directory/names.hpp"
#include "message/compose.hpp"

namespace restante::mda {
namespace {
using directory::MailingList;

// Receipts would go from every member to the writer.
constexpr std::array<std::string_view, 15> kReplaced{"Return-Path",
                                                     "Sender",
                                                     "List-Id",
                                                     "List-Post",
                                                     "List-Help",
                                                     "List-Owner",
                                                     "List-Unsubscribe",
                                                     "List-Unsubscribe-Post",
                                                     "List-Subscribe",
                                                     "List-Archive",
                                                     "Precedence",
                                                     "Bcc",
                                                     "Disposition-Notification-To",
                                                     "Return-Receipt-To",
                                                     "X-Confirm-Reading-To"};

std::string with_suffix(const MailingList& list, std::string_view suffix) {
    return list.name + std::string(suffix) + list.address.substr(list.name.size());
}

/// A phrase without characters that mean something in it (RFC 5322 3.2.3).
std::string phrase_of(std::string_view description) {
    std::string out;
    for (const char c : description)
        out += std::string_view("()<>[]:;@\\,.\"").find(c) == std::string_view::npos ? c : ' ';
    return std::string(trim(out));
}

bool is_automatic_reply(const message::Message& message) {
    const message::Field* field = message.find("Auto-Submitted");
    return field != nullptr && istarts_with(trim(message::unfold(field->raw)), "auto-replied");
}

bool may_write(const directory::ListView& view, const Post& post) {
    const auto may = [&](const message::Address& address) { return view.may_post(directory::address_key(address)); };
    const auto& from = post.message.from;
    if (from.empty()) return post.envelope.reverse_path && may(*post.envelope.reverse_path);
    return std::all_of(from.begin(), from.end(), [&](const auto& mailbox) { return may(mailbox.address); });
}
}  // namespace

std::string list_id(const MailingList& list) { return list.name + '.' + list.address.substr(list.name.size() + 1); }

std::string owner_address(const MailingList& list) { return with_suffix(list, "-owner"); }

message::Address bounce_address(const MailingList& list, const std::string& token) {
    return {list.name + "-bounces" + (token.empty() ? "" : '+' + token), list.address.substr(list.name.size() + 1)};
}

Result<void> check_post(const directory::ListView& view, const Post& post) {
    const MailingList& list = view.list;
    const std::string own = '<' + list_id(list) + '>';
    for (const message::Field& field : post.message.fields) {
        if (!iequals(field.name, "List-Id")) continue;
        if (to_lower(message::unfold(field.raw)).find(own) != std::string::npos)
            return fail(ErrorKind::protocol, "the message has been through the list " + list.address + " before");
    }
    if (!post.envelope.reverse_path || post.message.delivery_report)
        return fail(ErrorKind::denied, list.address + " takes no bounces");
    if (is_automatic_reply(post.message)) return fail(ErrorKind::denied, list.address + " takes no automatic replies");
    if (!may_write(view, post))
        return fail(ErrorKind::denied, "whoever wrote this may not write to " + list.address + " (" +
                                           to_string(list.settings.posting) + " may)");
    if (list.settings.max_octets != 0 && post.octets > list.settings.max_octets)
        return fail(ErrorKind::too_large,
                    list.address + " takes messages of at most " + human_bytes(list.settings.max_octets));
    return {};
}

std::string list_fields(const MailingList& list) {
    const std::string phrase = phrase_of(list.settings.description);
    std::string out = message::format_field("List-Id", phrase.empty() ? '<' + list_id(list) + '>' : phrase);
    if (!phrase.empty()) out.insert(out.size() - 2, "\r\n <" + list_id(list) + '>');
    const std::string owner = owner_address(list);
    out += "List-Post: <mailto:" + list.address + ">\r\n";
    out += "List-Help: <mailto:" + owner + "?subject=help>\r\n";
    out += "List-Owner: <mailto:" + owner + ">\r\n";
    const std::string by_mail = "<mailto:" + owner + "?subject=unsubscribe%20" + list.name + ">\r\n";
    if (list.settings.unsubscribe_url.empty()) {
        out += "List-Unsubscribe: " + by_mail;
    } else {
        out += "List-Unsubscribe: <" + list.settings.unsubscribe_url + ">,\r\n " + by_mail;
        out += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
    }
    return out + "Precedence: list\r\nSender: " + owner + "\r\n";
}

std::vector<std::pair<std::size_t, std::size_t>> replaced_fields(std::string_view header) {
    std::vector<std::pair<std::size_t, std::size_t>> out;
    bool in_replaced = false;
    for (std::size_t begin = 0; begin < header.size();) {
        const std::size_t newline = header.find('\n', begin);
        const std::size_t end = newline == std::string_view::npos ? header.size() : newline + 1;
        const std::string_view line = header.substr(begin, end - begin);
        if (trim(line).empty() && line.front() != ' ' && line.front() != '\t') break;
        const bool fold = line.front() == ' ' || line.front() == '\t';
        if (!fold) {
            const std::string_view name = trim(line.substr(0, line.find(':')));
            in_replaced = std::any_of(kReplaced.begin(), kReplaced.end(), [&](auto one) { return iequals(one, name); });
        }
        if (in_replaced && fold && !out.empty() && out.back().second == begin)
            out.back().second = end;
        else if (in_replaced)
            out.emplace_back(begin, end);
        begin = end;
    }
    return out;
}

}  // namespace restante::mda
