#pragma once
// What became of every mail that was collected for the tracker, so that nothing disappears without a reason.
#include "work/types.hpp"

namespace restante::db {
class Session;
}

namespace restante::work {

struct Context;

enum class MailVerdict {
    received,   // became a comment or an item
    rejected,   // meant for us, but refused (token of somebody else, no permission, too long); the sender is told
    ignored,    // automatic mail, bounce, own mail
    unrelated,  // nothing in it belongs to an item (S1.25 counts these)
    failed,     // a fault of ours; may be tried again
};
const char* to_string(MailVerdict v);
Result<MailVerdict> parse_mail_verdict(std::string_view text);

/// What is known about a mail before it is judged.
struct MailFacts {
    /// Deterministic id of the intake ("pop3:3:UIDL"); never empty.
    std::string delivery_id;
    std::int64_t connection_id = 0;    // POP3 connection, 0: came by SMTP
    std::string uidl, message_id;      // as received; message_id without angle brackets
    std::string sha256;                // of the raw mail, hex
    std::string sender, subject;       // decoded for display
    store::MessageId original_id = 0;  // kept in maildrop store::kOriginals, 0: not kept
};

struct MailRecord {
    std::int64_t id = 0;
    Timestamp at{};
    MailFacts facts;
    MailVerdict verdict = MailVerdict::received;
    std::string reason;  // one sentence for the administrator
    std::int64_t item_id = 0, comment_id = 0;
};

/// Thread-safe. All calls block (SQL); changes are durable when they return.
class MailLog {
public:
    explicit MailLog(const Context& context) : context_(context) {}

    /// Records a mail that became nothing. A mail recorded before keeps its first verdict, unless that was `failed`;
    /// the record as it stands is returned.
    Result<MailRecord> record(const MailFacts& facts, MailVerdict verdict, const std::string& reason);

    Result<MailRecord> find(std::int64_t id);
    Result<std::optional<MailRecord>> find_by_delivery(const std::string& delivery_id);
    struct Filter {
        std::optional<MailVerdict> verdict;
        std::optional<std::int64_t> connection_id, item_id;
    };
    /// Newest first; Page::after is the id behind which (further back) to go on.
    Result<std::vector<MailRecord>> list(const Filter& filter, const Page& page);

private:
    const Context& context_;
};

/// The part of record() that runs inside another transaction.
Result<MailRecord> record_mail(db::Session& session, const Context& context, const MailFacts& facts,
                               MailVerdict verdict, const std::string& reason, std::int64_t item_id,
                               std::int64_t comment_id);

}  // namespace restante::work
