// Quotas.
#include "mda/account_rules.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.hpp"
#include "message/compose.hpp"

namespace restante::mda {
namespace {
constexpr std::array kSteps{db::Migration{"account_rules", 1, R"sql(
CREATE TABLE quota_state(account_id BIGINT PRIMARY KEY REFERENCES account(id) ON DELETE CASCADE,
    level BIGINT NOT NULL, full_since BIGINT);
CREATE TABLE auto_reply_sender(account_id BIGINT NOT NULL REFERENCES account(id) ON DELETE CASCADE,
    sender TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY(account_id, sender));
CREATE INDEX auto_reply_sender_at ON auto_reply_sender(account_id, at);
)sql"}};

constexpr int kFull = 100;
constexpr int kRoomMade = 5;  // percent below a level from which on it is crossed again
constexpr std::array kLevels{kFull, 95, 90, 80};

int level_of(int percent) {
    for (const int level : kLevels)
        if (percent >= level) return level;
    return 0;
}

int share(std::uint64_t used, std::uint64_t limit) {
    if (limit == 0) return 0;
    const double percent = static_cast<double>(used) / static_cast<double>(limit) * 100.0;
    return percent >= 1e6 ? 1'000'000 : static_cast<int>(percent);
}

/// Somebody else gets the mail too: then those that are full get it with them.
bool has_others(const directory::Route& route) {
    return route.limited.empty() || route.limited.size() < route.accounts.size() || !route.remote.empty() ||
           !route.lists.empty() || route.discard;
}

std::string of(std::uint64_t used, std::uint64_t limit, bool octets) {
    const auto shown = [&](std::uint64_t n) { return octets ? human_bytes(n) : std::to_string(n) + " messages"; };
    return shown(used) + " of " + shown(limit);
}
}  // namespace

int used_percent(const directory::Quota& quota, const store::MaildropSize& size) {
    return std::max(share(size.octets, quota.octets), share(size.messages, quota.messages));
}

Result<std::unique_ptr<AccountRules>> AccountRules::open(const Parts& parts, RuleOptions options) {
    if (auto migrated = parts.database.migrate(kSteps); !migrated) return fail(std::move(migrated.error()));
    std::unique_ptr<AccountRules> rules(new AccountRules(parts, options));
    if (auto loaded = rules->load(); !loaded) return fail(std::move(loaded.error()));
    return rules;
}

Result<void> AccountRules::load() {
    return parts_.database.read([&](db::Session& session) {
        return session.query("SELECT account_id, level, full_since FROM quota_state", {}, [&](const db::Row& row) {
            State& state = states_[row.integer(0)];
            state.level = static_cast<int>(row.integer(1));
            if (!row.is_null(2)) state.full_since = from_micros(row.integer(2));
        });
    });
}

Result<void> AccountRules::check(const directory::Route& route) {
    if (has_others(route)) return {};
    for (const Limited& one : route.limited) {
        const auto size = parts_.store.known_size(one.account);
        if (!size || used_percent(one.quota, *size) < kFull) return {};
    }
    return fail(full(route.limited.front().account));
}

Result<void> AccountRules::check_now(const directory::Route& route) {
    if (has_others(route)) return {};
    for (const Limited& one : route.limited) {
        auto size = parts_.store.size_of(one.account);
        if (!size) return fail(std::move(size.error()));
        if (used_percent(one.quota, *size) < kFull) return {};
    }
    return fail(full(route.limited.front().account));
}

void AccountRules::set(RuleOptions options) {
    const std::scoped_lock lock(options_mutex_);
    options_ = options;
}

RuleOptions AccountRules::options() const {
    const std::scoped_lock lock(options_mutex_);
    return options_;
}

Error AccountRules::full(std::int64_t account) {
    const Timestamp now = parts_.clock.now();
    const std::lock_guard lock(mutex_);
    State& state = states_[account];
    if (!state.full_since) state.full_since = now;
    const bool for_good = now - *state.full_since > options().quota_grace;
    return {ErrorKind::over_quota, "the maildrop is full", for_good ? Retry::never : Retry::later};
}

void AccountRules::delivered(const Limited& limited, std::uint64_t octets) {
    const auto size = parts_.store.size_of(limited.account);
    if (!size)
        return parts_.log.error("quota.unknown", {{"account", limited.account}, {"reason", size.error().detail}});
    const int level = level_of(used_percent(limited.quota, *size));
    store::MaildropSize before = *size;
    before.octets -= std::min(before.octets, octets);
    before.messages -= std::min<decltype(before.messages)>(before.messages, 1);
    const std::lock_guard lock(mutex_);  // held over the transaction: one warning a crossing
    const auto found = states_.find(limited.account);
    State state = found == states_.end() ? State{} : found->second;
    // Much was deleted meanwhile; a little is no reason to warn anew with every mail.
    const int level_before = std::min(state.level, level_of(used_percent(limited.quota, before) + kRoomMade));
    if (state.level == level && level_before == level) return;
    const bool rises = level > level_before;
    state.level = level;
    if (level < kFull)
        state.full_since.reset();
    else if (!state.full_since)
        state.full_since = parts_.clock.now();
    auto written = write_level(limited, state, rises ? level : 0, *size);
    if (!written)
        return parts_.log.error("quota.unwritable", {{"account", limited.account}, {"reason", written.error().detail}});
    states_.insert_or_assign(limited.account, state);
}

/// The level and the warning about it, in one transaction. warn 0: none.
Result<void> AccountRules::write_level(const Limited& limited, const State& state, int warn,
                                       const store::MaildropSize& size) {
    auto account = parts_.directory.account_by_id(limited.account);
    if (!account) return fail(std::move(account.error()));
    if (!*account) return {};  // gone meanwhile
    Result<store::OutgoingMail> mail = store::OutgoingMail{};
    if (warn != 0) mail = warning(**account, limited, warn, size);
    if (!mail) return fail(std::move(mail.error()));
    db::Value since = nullptr;
    if (state.full_since) since = to_micros(*state.full_since);
    auto done = parts_.database.write([&](db::Session& session) -> Result<void> {
        auto put = session.execute(
            "INSERT INTO quota_state(account_id, level, full_since) VALUES($1, $2, $3) "
            "ON CONFLICT(account_id) DO UPDATE SET level=excluded.level, full_since=excluded.full_since",
            {limited.account, std::int64_t{state.level}, since});
        if (!put) return fail(std::move(put.error()));
        if (warn == 0) return {};
        auto queued = parts_.outbox.enqueue(session, *mail);
        if (!queued) return fail(std::move(queued.error()));
        return {};
    });
    if (done && warn != 0)
        parts_.log.info("quota.warned", {{"account", (*account)->name}, {"percent", std::int64_t{warn}}});
    return done;
}

Result<store::OutgoingMail> AccountRules::warning(const directory::Account& account, const Limited& limited, int level,
                                                  const store::MaildropSize& size) {
    auto owner = message::Address::parse(account.default_address);
    if (!owner) return fail(std::move(owner.error()));
    message::Outgoing out;
    out.from = {"Mailbox quota", {"postmaster", owner->domain}};
    out.to = {{account.real_name, *owner}};
    out.subject = level >= kFull ? "Your mailbox is full" : "Your mailbox is " + std::to_string(level) + " % full";
    out.date = parts_.clock.now();
    out.message_id = "quota." + std::to_string(parts_.ids.next()) + '@' + owner->domain;
    out.text = "The mailbox " + account.default_address + " holds ";
    const directory::Quota& quota = limited.quota;
    if (quota.octets != 0) out.text += of(size.octets, quota.octets, true);
    if (quota.messages != 0) out.text += (quota.octets != 0 ? " and " : "") + of(size.messages, quota.messages, false);
    out.text += level >= kFull ? ".\n\nNew mail is refused until some is deleted.\n"
                               : ".\n\nWhen it is full, new mail is refused. Collect and delete mail to make room.\n";
    auto bytes = message::compose(out);
    if (!bytes) return fail(std::move(bytes.error()));
    return store::OutgoingMail{"", {account.default_address}, std::move(*bytes), {}, ""};
}

}  // namespace restante::mda
