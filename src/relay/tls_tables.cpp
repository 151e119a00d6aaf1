#include "relay/tls_tables.hpp"

#include <string_view>

#include "base/random.hpp"
#include "base/text.hpp"

namespace restante::relay::tls_tables {
namespace {

std::string joined(const TlsPolicy& policy) {
    std::string out;
    for (const std::string& line : policy.lines) out += (out.empty() ? "" : "\n") + line;
    return out;
}

/// Policies are long and few: rows of counts hold a digest.
Result<std::string> keep_policy(db::Session& session, const TlsPolicy& policy, ReportDay day) {
    const std::string type = to_string(policy.type), lines = joined(policy);
    const std::string id = to_hex(sha256(type + "\n" + lines)).substr(0, 32);
    auto kept = session.execute(
        "INSERT INTO relay_tls_policy(id, type, lines, last_day) VALUES($1, $2, $3, $4)"
        " ON CONFLICT(id) DO UPDATE SET last_day = $4 WHERE relay_tls_policy.last_day < $4",
        {std::string_view(id), std::string_view(type), std::string_view(lines), day});
    if (!kept) return fail(std::move(kept.error()));
    return id;
}

TlsCount count_of(const db::Row& row, ReportDay day, const std::string& domain) {
    TlsCount out;
    out.day = day;
    out.session.domain = domain;
    out.session.policy.type = parse_tls_policy_type(row.text(0)).value_or(TlsPolicy::Type::none);
    if (const auto lines = row.text(1); !lines.empty())
        for (const std::string_view line : split(lines, '\n')) out.session.policy.lines.emplace_back(line);
    out.session.host = row.text(2);
    out.session.result = parse_tls_result(row.text(3)).value_or(TlsResult::validation_failure);
    out.session.reason = row.text(4);
    out.session.sending_ip = row.text(5);
    out.session.receiving_ip = row.text(6);
    out.sessions = row.integer(7);
    return out;
}
}  // namespace

Result<void> add(db::Session& session, const std::vector<TlsCount>& counts) {
    for (const TlsCount& count : counts) {
        const TlsSession& s = count.session;
        const auto policy = keep_policy(session, s.policy, count.day);
        if (!policy) return fail(policy.error());
        auto added = session.execute(
            "INSERT INTO relay_tls_count(day, domain, policy, host, result, reason, sending_ip, receiving_ip, sessions)"
            " VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT(day, domain, policy, host, result, reason,"
            " sending_ip, receiving_ip) DO UPDATE SET sessions = relay_tls_count.sessions + $9",
            {count.day, std::string_view(s.domain), std::string_view(*policy), std::string_view(s.host),
             std::string_view(to_string(s.result)), std::string_view(s.reason), std::string_view(s.sending_ip),
             std::string_view(s.receiving_ip), count.sessions});
        if (!added) return fail(std::move(added.error()));
    }
    return {};
}

Result<std::vector<TlsCount>> find(db::Session& session, ReportDay day, const std::string& domain) {
    std::vector<TlsCount> out;
    auto done = session.query(
        "SELECT p.type, p.lines, c.host, c.result, c.reason, c.sending_ip, c.receiving_ip, c.sessions"
        " FROM relay_tls_count c JOIN relay_tls_policy p ON p.id = c.policy WHERE c.day = $1 AND c.domain = $2"
        " ORDER BY p.type, p.id, CASE WHEN c.result = 'success' THEN 0 ELSE 1 END, c.result, c.host, c.receiving_ip",
        {day, std::string_view(domain)}, [&](const db::Row& row) { out.push_back(count_of(row, day, domain)); });
    if (!done) return fail(std::move(done.error()));
    return out;
}

Result<std::vector<Pending>> pending(db::Session& session, ReportDay today, const Pending& after, std::size_t limit) {
    std::vector<Pending> out;
    auto done = session.query(
        "SELECT DISTINCT c.day, c.domain FROM relay_tls_count c WHERE c.day < $1 AND (c.day > $2 OR (c.day = $2 AND"
        " c.domain > $3)) AND NOT EXISTS(SELECT 1 FROM relay_tls_report r WHERE r.day = c.day AND r.domain = c.domain"
        " AND r.uri = '') ORDER BY c.day, c.domain LIMIT $4",
        {today, after.day, std::string_view(after.domain), static_cast<std::int64_t>(limit)}, [&](const db::Row& row) {
            out.push_back({row.integer(0), std::string(row.text(1))});
        });
    if (!done) return fail(std::move(done.error()));
    return out;
}

Result<void> settle(db::Session& session, const Pending& about, const std::string& uri, const std::string& state,
                    Timestamp at) {
    return db::without_count(session.execute(
        "INSERT INTO relay_tls_report(day, domain, uri, state, at) VALUES($1, $2, $3, $4, $5)"
        " ON CONFLICT(day, domain, uri) DO UPDATE SET state = $4, at = $5",
        {about.day, std::string_view(about.domain), std::string_view(uri), std::string_view(state), to_micros(at)}));
}

Result<std::vector<Settled>> settled(db::Session& session, const Pending& about) {
    std::vector<Settled> out;
    auto done = session.query("SELECT uri, state FROM relay_tls_report WHERE day = $1 AND domain = $2 ORDER BY uri",
                              {about.day, std::string_view(about.domain)}, [&](const db::Row& row) {
                                  out.push_back({std::string(row.text(0)), std::string(row.text(1))});
                              });
    if (!done) return fail(std::move(done.error()));
    return out;
}

Result<void> forget(db::Session& session, ReportDay before) {
    for (const char* statement :
         {"DELETE FROM relay_tls_count WHERE day < $1", "DELETE FROM relay_tls_report WHERE day < $1",
          "DELETE FROM relay_tls_policy WHERE last_day < $1"})
        if (auto done = db::without_count(session.execute(statement, {before})); !done) return done;
    return {};
}

}  // namespace restante::relay::tls_tables
