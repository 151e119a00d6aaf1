#pragma once
// What follows from a delivery to accounts: quotas with their warnings, automatic replies. Tables of module
// "account_rules".
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "db/database.hpp"
#include "directory/directory.hpp"
#include "message/message.hpp"
#include "store/outbox.hpp"
#include "store/store.hpp"

namespace restante::mda {

struct RuleOptions {
    std::chrono::hours quota_grace{7 * 24};   // a full maildrop is refused for now; after this long, for good
    std::size_t auto_reply_senders = 10'000;  // remembered of one account; the oldest are forgotten first
};

/// Thread-safe.
class AccountRules {
public:
    struct Parts {
        db::Database& database;
        directory::Directory& directory;
        store::MessageStore& store;
        store::Outbox& outbox;
        const Clock& clock;
        IdSource& ids;
        Log& log;
    };
    using Limited = directory::Route::Limited;

    /// Blocking. Makes its tables; the directory's and the outbox's must be there. The parts must outlive it.
    static Result<std::unique_ptr<AccountRules>> open(const Parts& parts, RuleOptions options);

    void set(RuleOptions options);

    /// Have all accounts it leads to reached their quota, and is there nobody else? over_quota: to be tried again, or
    /// never once the grace is over. Not blocking for long: a maildrop whose size is not in memory passes.
    Result<void> check(const directory::Route& route);
    /// The same, blocking, whatever is in memory.
    Result<void> check_now(const directory::Route& route);

    /// Blocking. After the delivery of a message of so many octets: warns the owner, once each time that a share of the
    /// quota is passed, again if it had been made room since. The warning stands in the outbox when this returns.
    void delivered(const Limited& limited, std::uint64_t octets);

    /// Blocking. Replies for those of the accounts that have an automatic reply in force; the replies stand in the
    /// outbox, and their addressees are remembered, when this returns.
    void answer(const std::vector<std::int64_t>& accounts, const message::Envelope& envelope,
                const message::Message& message);

private:
    struct State {
        int level = 0;  // percent of the last warning; 100: full
        std::optional<Timestamp> full_since{};
    };
    AccountRules(const Parts& parts, RuleOptions options) : parts_(parts), options_(options) {}
    Result<void> load();
    RuleOptions options() const;
    Error full(std::int64_t account);
    Result<void> write_level(const Limited& limited, const State& state, int warn, const store::MaildropSize& size);
    Result<store::OutgoingMail> warning(const directory::Account& account, const Limited& limited, int level,
                                        const store::MaildropSize& size);
    void answer_for(const directory::Account& account, const message::Envelope& envelope,
                    const message::Message& message);
    /// False: the sender had one lately.
    Result<bool> remember(db::Session& session, std::int64_t account, const std::string& sender,
                          std::chrono::days interval);

    const Parts parts_;
    mutable std::mutex options_mutex_;  // no other is taken under it
    RuleOptions options_;
    std::mutex mutex_;
    std::unordered_map<std::int64_t, State> states_;  // of accounts above the first level
};

/// Percent of the quota that is used, of octets or of messages, whichever is more; rounded down.
int used_percent(const directory::Quota& quota, const store::MaildropSize& size);

}  // namespace restante::mda
