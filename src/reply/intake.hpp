#pragma once
// Collected mail in, comments out.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "reply/judge.hpp"
#include "reply/tokens.hpp"
#include "reply/trim.hpp"
#include "work/work.hpp"

namespace restante::reply {

struct IntakeOptions {
    std::vector<message::Address> own_addresses;  // of notifications and reply mailboxes
    std::size_t max_parsed_bytes =
        4 * 1024 * 1024;  // of a mail; what lies behind is not looked at, the original is kept
    message::Limits limits;
    TokenSearch search;
    TrimOptions trim;
};

/// A mail as it was collected.
struct CollectedMail {
    std::string_view raw;
    std::string delivery_id;  // deterministic, never empty
    std::int64_t connection_id = 0;
    std::string uidl;
    store::MessageId original_id = 0;  // the whole mail, kept and durable before take() is called; 0: not kept
};

struct IntakeVerdict {
    work::MailVerdict kind = work::MailVerdict::received;
    std::string note;             // for the log: "comment 17 on item 3", "automatic mail"
    std::int64_t comment_id = 0;  // of a received mail
};

/// Thread-safe. Everything referred to must outlive it.
class Intake {
public:
    Intake(work::Work& work, TokenSeal seal, const Clock& clock, Log& log, IntakeOptions options)
        : work_(work), seal_(std::move(seal)), clock_(clock), log_(log), options_(std::move(options)) {}

    /// Blocks (parsing, SQL). What it answers is durable: the comment with its cut part, its reference to the original,
    /// its notifications and the mail's record are one transaction. The same delivery_id again gives the same verdict
    /// and nothing more; so does a second copy of the same mail under another delivery_id (ignored as duplicate).
    /// An error means that nothing was decided: ask again later.
    Result<IntakeVerdict> take(const CollectedMail& mail);

private:
    Result<TokenLookup> look_up(const std::vector<FoundToken>& tokens);
    Result<IntakeVerdict> add_comment(const Accept& accept, const message::Message& message, const CollectedMail& mail,
                                      work::MailFacts facts);
    Result<IntakeVerdict> record(const work::MailFacts& facts, work::MailVerdict verdict, const std::string& reason);

    work::Work& work_;
    const TokenSeal seal_;
    const Clock& clock_;
    Log& log_;
    const IntakeOptions options_;
};

}  // namespace restante::reply
