#include "filter/rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.hpp"
#include "filter/links.hpp"

namespace restante::filter {
namespace {

using message::Message;

// What Windows runs, or opens like a folder of programs.
constexpr std::array<std::string_view, 28> kPrograms{"exe", "scr", "pif", "bat", "cmd", "js",  "jse", "vbs",  "vbe",  "wsf",
                                                     "wsh", "hta", "lnk", "ps1", "msi", "jar", "cpl", "reg",  "chm",  "msc",
                                                     "xll", "iso", "img", "vhd", "vhdx", "appx", "msix", "com"};
constexpr std::size_t kSpokenCapitals = 10;  // letters from which on a subject in capitals is loud

/// Behind the last dot; what Windows and mail programs do not show behind it is cut off: "a.exe. ".
std::string ending_of(std::string name) {
    while (!name.empty() && std::isalnum(static_cast<unsigned char>(name.back())) == 0) name.pop_back();
    const std::size_t dot = name.rfind('.');
    return dot == std::string::npos ? "" : to_lower(name.substr(dot + 1));
}

bool is_program(const message::Attachment& attachment) {
    if (attachment.type.starts_with("message/") || attachment.type.starts_with("image/")) return false;
    const std::string ending = ending_of(attachment.name);
    // "Your order at shop.com" is a program only where the sender says so.
    if (ending == "com" && attachment.type != "application/octet-stream" && !attachment.type.starts_with("application/x-ms")) return false;
    return std::find(kPrograms.begin(), kPrograms.end(), ending) != kPrograms.end();
}

bool has_program(const Message& message) { return std::any_of(message.attachments.begin(), message.attachments.end(), is_program); }

/// Lists count clicks by links of their own.
bool has_disguised_link(const Message& message) {
    if (message.list_mail) return false;
    const auto links = links_in(message.text);
    return std::any_of(links.begin(), links.end(), [](const Link& link) {
        return !link.shown.empty() && registered_part(link.shown) != registered_part(link.host);
    });
}

bool has_link_to_address(const Message& message) {
    const auto hosts = link_hosts(message.text);
    return std::any_of(hosts.begin(), hosts.end(), [](const std::string& host) { return is_address(host); });
}

/// "support@bank.example" <x@elsewhere.example>: mail programs show the name only. Lists and shared documents say whom
/// they speak for in more words, "anna@example.org via Tasks".
bool name_is_foreign_address(const Message& message) {
    if (message.list_mail) return false;
    return std::any_of(message.from.begin(), message.from.end(), [](const message::Mailbox& mailbox) {
        std::string_view name = mailbox.display_name;
        while (!name.empty() && std::string_view("\"'<> ").find(name.front()) != std::string_view::npos) name.remove_prefix(1);
        while (!name.empty() && std::string_view("\"'<> ").find(name.back()) != std::string_view::npos) name.remove_suffix(1);
        const std::size_t at = name.find('@');
        if (at == std::string_view::npos || at == 0 || name.find(' ') != std::string_view::npos) return false;
        const std::string domain = to_lower(name.substr(at + 1));
        return domain.find('.') != std::string::npos && registered_part(domain) != registered_part(to_lower(mailbox.address.domain));
    });
}

bool answers_go_elsewhere(const Message& message) {
    if (message.list_mail || message.from.empty()) return false;
    const std::string own = registered_part(to_lower(message.from.front().address.domain));
    return std::any_of(message.reply_to.begin(), message.reply_to.end(), [&](const message::Mailbox& mailbox) {
        return registered_part(to_lower(mailbox.address.domain)) != own;
    });
}

bool shouts(const Message& message) {
    std::size_t upper = 0;
    for (const char c : message.subject) {
        if (std::islower(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80) return false;
        if (std::isupper(static_cast<unsigned char>(c)) != 0) ++upper;
    }
    return upper >= kSpokenCapitals;
}

bool date_is_far(const Message& message, Timestamp received) {
    using namespace std::chrono_literals;
    return received != Timestamp{} && message.date && (*message.date > received + 24h || *message.date + 7 * 24h < received);
}

struct Rule {
    const char* name;
    const char* about;
    double weight;
    bool (*holds)(const Message&, const Circumstances&);
};

constexpr std::array<Rule, 17> kRules{{
    {"dmarc_fail", "The author's domain does not vouch for it (DMARC)", 1.5,
     [](const Message&, const Circumstances& c) { return c.dmarc == "fail"; }},
    {"spf_fail", "The host may not send for the sender's domain (SPF)", 1.0,
     [](const Message&, const Circumstances& c) { return c.spf == "fail"; }},
    {"spf_softfail", "The host probably may not send for the sender's domain (SPF)", 0.5,
     [](const Message&, const Circumstances& c) { return c.spf == "softfail"; }},
    {"authenticated", "The author's domain vouches for it (DMARC)", -0.7,
     [](const Message&, const Circumstances& c) { return c.dmarc == "pass"; }},
    {"signed", "A good DKIM signature, though not of the author's domain", -0.2,
     [](const Message&, const Circumstances& c) { return c.dkim_passed && c.dmarc != "pass"; }},
    {"no_from", "No author", 1.5, [](const Message& m, const Circumstances&) { return m.from.empty(); }},
    {"several_from", "Two From fields: mail programs differ in which they show", 2.0,
     [](const Message& m, const Circumstances&) { return m.oddities.has(message::Oddity::several_from); }},
    {"no_date", "No date that can be read", 0.7, [](const Message& m, const Circumstances&) { return !m.date; }},
    {"far_date", "A date more than a day ahead or a week back", 0.8,
     [](const Message& m, const Circumstances& c) { return date_is_far(m, c.received_at); }},
    {"no_message_id", "No Message-ID", 0.8, [](const Message& m, const Circumstances&) { return m.message_id.empty(); }},
    {"shouting", "A subject in capitals only", 0.8, [](const Message& m, const Circumstances&) { return shouts(m); }},
    {"html_only", "HTML without a text for those who do not read HTML", 0.2,
     [](const Message& m, const Circumstances&) { return m.text_from_html; }},
    {"reply_elsewhere", "Answers go to another domain than the author's", 0.3,
     [](const Message& m, const Circumstances&) { return answers_go_elsewhere(m); }},
    {"foreign_name", "The author's name is an address of another domain", 1.5,
     [](const Message& m, const Circumstances&) { return name_is_foreign_address(m); }},
    {"disguised_link", "A link says one host and leads to another", 0.5,
     [](const Message& m, const Circumstances&) { return has_disguised_link(m); }},
    {"link_to_address", "A link to an IP address", 1.5,
     [](const Message& m, const Circumstances&) { return has_link_to_address(m); }},
    {"program", "A program is attached", 2.2, [](const Message& m, const Circumstances&) { return has_program(m); }},
}};

}  // namespace

std::vector<Finding> findings_in(const Message& message, const Circumstances& circumstances) {
    std::vector<Finding> out;
    for (const Rule& rule : kRules)
        if (rule.holds(message, circumstances)) out.push_back({rule.name, rule.about, rule.weight});
    return out;
}

std::vector<Finding> all_rules() {
    std::vector<Finding> out;
    for (const Rule& rule : kRules) out.push_back({rule.name, rule.about, rule.weight});
    return out;
}

}  // namespace restante::filter
