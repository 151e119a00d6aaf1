#include "mda/auto_reply.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "message/compose.hpp"

namespace restante::mda {
namespace {
constexpr std::size_t kMostAddresses = 200;  // of To and Cc that are looked at
constexpr std::string_view kSubjectMark = "{subject}";

/// RFC 3834 2: programs that nobody reads.
bool is_program(const message::Address& sender) {
    const std::string local = to_lower(sender.local_part);
    constexpr std::array<std::string_view, 9> kNames{"mailer-daemon", "postmaster",   "listserv",
                                                     "majordomo",     "noreply",      "no-reply",
                                                     "donotreply",    "do-not-reply", "root"};
    constexpr std::array<std::string_view, 5> kEnds{"-request", "-bounces", "-bounce", "-owner", "-relay"};
    return local.starts_with("owner-") || local.find("-bounces+") != std::string::npos ||
           std::any_of(kNames.begin(), kNames.end(), [&](auto name) { return local == name; }) ||
           std::any_of(kEnds.begin(), kEnds.end(), [&](auto end) { return local.ends_with(end); });
}

/// What Exchange puts on mail that wants no out-of-office reply.
bool suppresses(const message::Message& message) {
    const message::Field* field = message.find("X-Auto-Response-Suppress");
    if (field == nullptr) return false;
    const std::string value = message::unfold(field->raw);
    for (const std::string_view word : split(value, ','))
        for (const std::string_view kind : {"all", "oof", "autoreply"})
            if (iequals(trim(word), kind)) return true;
    return false;
}

bool is_spam(const message::Message& message) {
    const message::Field* field = message.find("X-Spam-Flag");
    return field != nullptr && iequals(message::unfold(field->raw), "yes");
}
}  // namespace

const char* unanswerable(const message::Envelope& envelope, const message::Message& message,
                         const std::function<bool(const message::Address&)>& is_own) {
    if (!envelope.reverse_path) return "null reverse-path";
    if (message.auto_mail != message::AutoMail::no) return message::to_string(message.auto_mail);
    if (message.list_mail || message.find("List-Help") != nullptr || message.find("List-Subscribe") != nullptr)
        return "list";
    if (suppresses(message)) return "suppressed by its sender";
    if (is_spam(message)) return "spam";
    if (is_program(*envelope.reverse_path)) return "sent by a program";
    if (is_own(*envelope.reverse_path)) return "own mail";
    std::size_t left = kMostAddresses;
    for (const auto* list : {&message.to, &message.cc})
        for (const auto& mailbox : *list) {
            if (left-- == 0) return "too many recipients";
            if (is_own(mailbox.address)) return nullptr;
        }
    return "not addressed to the account";  // RFC 3834 2
}

Result<std::string> compose_auto_reply(const directory::Account& account, const directory::AutoReply& reply,
                                       const ReplyTo& to, const std::string& message_id, Timestamp now) {
    message::Outgoing out;
    auto from = message::Address::parse(account.default_address);
    if (!from) return fail(std::move(from.error()));
    out.from = {account.real_name, std::move(*from)};
    out.to = {{"", to.sender}};
    out.subject = reply.subject.empty() ? "Auto: {subject}" : reply.subject;  // RFC 3834 3.1.5
    if (const std::size_t mark = out.subject.find(kSubjectMark); mark != std::string::npos)
        out.subject.replace(mark, kSubjectMark.size(), to.message.subject);
    out.date = now;
    out.message_id = message_id;
    out.references = to.message.references;
    if (const std::string& id = to.message.message_id; !id.empty()) {
        out.in_reply_to = {id};
        out.references.push_back(id);
    }
    out.auto_submitted = false;
    out.extra = {{"Auto-Submitted", "auto-replied"}, {"X-Auto-Response-Suppress", "All"}};
    out.text = reply.body;
    auto composed = message::compose(out);
    if (composed || out.references.empty()) return composed;
    out.in_reply_to.clear();  // a Message-ID may be anything
    out.references.clear();
    return message::compose(out);
}

}  // namespace restante::mda
