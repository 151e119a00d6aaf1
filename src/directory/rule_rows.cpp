// The tables, and the rules of accounts, domains and tenants.
#include "directory/rule_rows.hpp"

#include <array>

#include "base/text.hpp"
#include "directory/row_values.hpp"

namespace restante::directory {
namespace {
constexpr std::array kRuleSteps{db::Migration{"mail_rules", 1, R"sql(
CREATE TABLE account_forward(account_id BIGINT PRIMARY KEY REFERENCES account(id) ON DELETE CASCADE,
    keep_copy BIGINT NOT NULL, destinations TEXT NOT NULL);
CREATE TABLE account_auto_reply(account_id BIGINT PRIMARY KEY REFERENCES account(id) ON DELETE CASCADE,
    enabled BIGINT NOT NULL, from_at BIGINT, until_at BIGINT, subject TEXT NOT NULL, body TEXT NOT NULL,
    interval_days BIGINT NOT NULL);
CREATE TABLE account_quota(account_id BIGINT PRIMARY KEY REFERENCES account(id) ON DELETE CASCADE,
    octets BIGINT NOT NULL, messages BIGINT NOT NULL);
CREATE TABLE domain_quota(domain_id BIGINT PRIMARY KEY REFERENCES domain(id) ON DELETE CASCADE,
    octets BIGINT NOT NULL, messages BIGINT NOT NULL);
CREATE TABLE tenant_quota(tenant_id BIGINT PRIMARY KEY REFERENCES tenant(id) ON DELETE CASCADE,
    octets BIGINT NOT NULL, messages BIGINT NOT NULL);
CREATE TABLE tenant_remote(tenant_id BIGINT PRIMARY KEY REFERENCES tenant(id) ON DELETE CASCADE,
    allowed BIGINT NOT NULL);
CREATE TABLE mailing_list(id BIGINT PRIMARY KEY, tenant_id BIGINT NOT NULL REFERENCES tenant(id),
    domain_id BIGINT NOT NULL REFERENCES domain(id), name TEXT NOT NULL UNIQUE REFERENCES server_name(name),
    description TEXT NOT NULL, posting TEXT NOT NULL, owners TEXT NOT NULL, posters TEXT NOT NULL,
    max_octets BIGINT NOT NULL, bounce_limit BIGINT NOT NULL, unsubscribe_url TEXT NOT NULL,
    created_at BIGINT NOT NULL);
CREATE TABLE mailing_list_member(id BIGINT PRIMARY KEY,
    list_id BIGINT NOT NULL REFERENCES mailing_list(id) ON DELETE CASCADE, address TEXT NOT NULL,
    bounces BIGINT NOT NULL, bounced_at BIGINT, last_bounce TEXT NOT NULL, suspended_at BIGINT,
    UNIQUE(list_id, address));
)sql"}};

Quota quota_in(const db::Row& row, int column) {
    return {static_cast<std::uint64_t>(row.integer(column)), static_cast<std::uint64_t>(row.integer(column + 1))};
}
}  // namespace

std::span<const db::Migration> rule_migrations() { return kRuleSteps; }

Result<void> load_account_rules(db::Session& session, AccountsById& entries) {
    auto done =
        session.query("SELECT account_id, keep_copy, destinations FROM account_forward", {}, [&](const db::Row& row) {
            entries[row.integer(0)].account.forwarding = {lines_in(row, 2), row.integer(1) != 0};
        });
    if (!done) return done;
    done = session.query(
        "SELECT account_id, enabled, from_at, until_at, subject, body, interval_days FROM account_auto_reply", {},
        [&](const db::Row& row) {
            entries[row.integer(0)].account.auto_reply = std::make_shared<const AutoReply>(
                AutoReply{row.integer(1) != 0, time_in(row, 2), time_in(row, 3), std::string(row.text(4)),
                          std::string(row.text(5)), std::chrono::days(row.integer(6))});
        });
    if (!done) return done;
    return session.query("SELECT account_id, octets, messages FROM account_quota", {},
                         [&](const db::Row& row) { entries[row.integer(0)].account.quota_own = quota_in(row, 1); });
}

Result<void> load_lists(db::Session& session, Index& index);

Result<void> load_rules(db::Session& session, Index& index) {
    for (const char* sql : {"SELECT domain_id, octets, messages FROM domain_quota",
                            "SELECT tenant_id, octets, messages FROM tenant_quota"}) {
        auto done = session.query(sql, {},
                                  [&](const db::Row& row) { index.quota_defaults[row.integer(0)] = quota_in(row, 1); });
        if (!done) return done;
    }
    auto done = session.query("SELECT tenant_id, allowed FROM tenant_remote", {}, [&](const db::Row& row) {
        index.remote_destinations[row.integer(0)] = row.integer(1) != 0;
    });
    if (!done) return done;
    return load_lists(session, index);
}

Result<void> put_account_rules(db::Session& session, const Account& account) {
    for (const char* table : {"account_forward", "account_auto_reply", "account_quota"})
        if (auto done = run(session, "DELETE FROM " + std::string(table) + " WHERE account_id=$1", {account.id}); !done)
            return done;
    Result<void> done;
    if (!account.forwarding.to.empty()) {
        const std::string destinations = joined_lines(account.forwarding.to);
        done = run(session, "INSERT INTO account_forward(account_id, keep_copy, destinations) VALUES($1, $2, $3)",
                   {account.id, std::int64_t{account.forwarding.keep_copy}, std::string_view(destinations)});
    }
    if (const auto& reply = account.auto_reply; done && reply)
        done = run(
            session,
            "INSERT INTO account_auto_reply(account_id, enabled, from_at, until_at, subject, body, "
            "interval_days) VALUES($1, $2, $3, $4, $5, $6, $7)",
            {account.id, std::int64_t{reply->enabled}, time_value(reply->from), time_value(reply->until),
             std::string_view(reply->subject), std::string_view(reply->body), std::int64_t{reply->interval.count()}});
    if (const auto& quota = account.quota_own; done && quota)
        done = run(session, "INSERT INTO account_quota(account_id, octets, messages) VALUES($1, $2, $3)",
                   {account.id, static_cast<std::int64_t>(quota->octets), static_cast<std::int64_t>(quota->messages)});
    return done;
}

}  // namespace restante::directory
