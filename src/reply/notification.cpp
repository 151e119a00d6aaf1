#include "reply/notification.hpp"

#include "message/compose.hpp"

namespace restante::reply {
namespace {
std::string escape_html(std::string_view text) {
    std::string out;
    for (const char c : text) switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\n':
                out += "<br>\n";
                break;
            default:
                out += c;
        }
    return out;
}

std::string item_word(work::ItemKind kind) { return work::to_string(kind); }
}  // namespace

std::string Notifications::headline(const work::Item& item, const work::Comment& comment) const {
    const std::string& author = comment.author_name.empty() ? options_.product : comment.author_name;
    return author + " commented on \"" + item.title + "\" (" + item_word(item.kind) + " " + std::to_string(item.id) +
           ", " + item.project_name + "):";
}

std::string Notifications::url_of(const work::Item& item) const {
    return options_.base_url.empty() ? "" : options_.base_url + "/items/" + std::to_string(item.id);
}

std::string Notifications::text_of(const work::Item& item, const work::Comment& comment,
                                   const std::string& sealed) const {
    std::string out = headline(item, comment) + "\n\n" + comment.body + "\n\n";
    out += "Answer this mail to add a comment.\n";
    if (!options_.base_url.empty()) out += "Open the " + item_word(item.kind) + ": " + url_of(item) + "\n";
    if (!options_.plus_addressing) out += "Keep this line in your answer. ref: " + sealed + "\n";
    return out + "-- \n" + options_.product + "\n";
}

std::string Notifications::html_of(const work::Item& item, const work::Comment& comment,
                                   const std::string& sealed) const {
    std::string out =
        "<p>" + escape_html(headline(item, comment)) + "</p>\n<p>" + escape_html(comment.body) + "</p>\n<p>";
    if (!options_.base_url.empty())
        out += "<a href=\"" + escape_html(url_of(item)) + "\">Comment</a> or answer this mail.";
    else
        out += "Answer this mail to add a comment.";
    if (!options_.plus_addressing) out += "<br>\nKeep this line in your answer. ref: " + sealed;
    return out + "</p>\n<p>-- <br>\n" + escape_html(options_.product) + "</p>\n";
}

Result<work::OutgoingMail> Notifications::compose(const work::Item& item, const work::Comment& comment,
                                                  const work::Person& recipient, const std::string& token) {
    auto address = message::Address::parse(recipient.email);
    if (!address) return fail(std::move(address.error()));
    const std::string sealed = seal_.seal(token);
    const std::string& domain = options_.sender.domain;
    const std::string root = "item-" + std::to_string(item.id) + '@' + domain;
    message::Outgoing mail;
    mail.from = {comment.author_name.empty() ? options_.product : comment.author_name, options_.sender};
    mail.to = {{recipient.name, *address}};
    message::Address reply_to = options_.reply_address;
    if (options_.plus_addressing) reply_to.local_part += '+' + sealed;
    mail.reply_to = {{options_.product, reply_to}};
    mail.subject = (comment.in_reply_to != 0 ? "RE: " : "") + ("Comment on " + item.title) + " on " +
                   item.project_name + " (ref# " + std::to_string(item.id) + ")";
    mail.date = comment.created_at;
    mail.message_id = notification_id(seal_, token, comment.id, domain);
    mail.in_reply_to = {root};
    mail.references = {root};
    mail.list_id = "<item-" + std::to_string(item.id) + '.' + domain + '>';
    mail.text = text_of(item, comment, sealed);
    mail.html = html_of(item, comment, sealed);
    auto bytes = message::compose(mail);
    if (!bytes) return fail(std::move(bytes.error()));
    return work::OutgoingMail{{std::nullopt, {{*address}}}, std::move(*bytes)};
}

work::Enqueue enqueue_into(store::Outbox& outbox) {
    return [&outbox](db::Session& session, const work::OutgoingMail& mail) -> Result<void> {
        store::OutgoingMail waiting;
        if (mail.envelope.reverse_path) waiting.reverse_path = mail.envelope.reverse_path->to_string();
        for (const message::Recipient& recipient : mail.envelope.recipients)
            waiting.recipients.push_back(recipient.address.to_string());
        waiting.bytes = mail.bytes;
        auto queued = outbox.enqueue(session, waiting);
        if (!queued) return fail(std::move(queued.error()));
        return {};
    };
}

}  // namespace restante::reply
