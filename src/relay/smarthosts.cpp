#include "relay/smarthosts.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"
#include "message/envelope.hpp"
#include "net/address.hpp"

namespace restante::relay {
namespace {
constexpr db::Migration kSmarthostMigrations[] = {
    {"smarthost", 1,
     "CREATE TABLE relay_smarthost(domain TEXT PRIMARY KEY, host TEXT NOT NULL, port BIGINT NOT NULL, tls TEXT NOT "
     "NULL,"
     " verify BIGINT NOT NULL, pinned_sha256 TEXT NOT NULL, username TEXT NOT NULL, sealed_password TEXT NOT NULL,"
     " changed_at BIGINT NOT NULL);"},
};

constexpr std::array<std::pair<Smarthost::Tls, const char*>, 4> kTls{{{Smarthost::Tls::none, "none"},
                                                                      {Smarthost::Tls::if_offered, "if_offered"},
                                                                      {Smarthost::Tls::required, "required"},
                                                                      {Smarthost::Tls::implicit, "implicit"}}};

std::string owner_of(const std::string& domain) { return "smarthost " + domain; }

bool is_host(const std::string& host) {
    if (!host.starts_with('[')) return message::is_domain_name(host);
    return message::Address::parse("x@" + host).has_value();
}

/// An address gets its brackets: without them it would be looked up as a name.
std::string as_written(const std::string& host) {
    const auto address = net::Address::parse_ip(host);
    return address ? address->ip_literal() : host;
}

Result<void> check(const Smarthost& smarthost) {
    if (!smarthost.domain.empty() && !message::is_domain_name(smarthost.domain))
        return fail(ErrorKind::invalid, "\"" + escape_for_log(smarthost.domain) + "\" is no domain");
    if (!is_host(smarthost.host))
        return fail(ErrorKind::invalid,
                    "\"" + escape_for_log(smarthost.host) + "\" is no host: a name, or an address in brackets");
    if (smarthost.port == 0) return fail(ErrorKind::invalid, "port 0 is none");
    const bool encrypted = smarthost.tls == Smarthost::Tls::required || smarthost.tls == Smarthost::Tls::implicit;
    if (!smarthost.user.empty() && !encrypted)
        return fail(ErrorKind::invalid, "a password is not sent without TLS: set tls to required or implicit");
    return {};
}
}  // namespace

const char* to_string(Smarthost::Tls tls) {
    for (const auto& [value, name] : kTls)
        if (value == tls) return name;
    return "required";
}

std::optional<Smarthost::Tls> parse_smarthost_tls(std::string_view text) {
    for (const auto& [value, name] : kTls)
        if (text == name) return value;
    return std::nullopt;
}

Result<std::unique_ptr<Smarthosts>> Smarthosts::open(db::Database& database, const Clock& clock, std::string key) {
    if (auto migrated = database.migrate(kSmarthostMigrations); !migrated) return fail(std::move(migrated.error()));
    std::unique_ptr<Smarthosts> out(new Smarthosts(database, clock, std::move(key)));
    if (auto loaded = out->load(); !loaded) return fail(std::move(loaded.error()));
    return out;
}

Result<void> Smarthosts::load() {
    return database_.read([&](db::Session& session) {
        return session.query(
            "SELECT domain, host, port, tls, verify, pinned_sha256, username, sealed_password FROM relay_smarthost", {},
            [&](const db::Row& row) {
                Entry entry;
                Smarthost& s = entry.smarthost;
                s.domain = row.text(0);
                s.host = row.text(1);
                s.port = static_cast<std::uint16_t>(row.integer(2));
                s.tls = parse_smarthost_tls(row.text(3)).value_or(Smarthost::Tls::required);
                s.verify = row.integer(4) != 0;
                s.pinned_sha256 = row.text(5);
                s.user = row.text(6);
                entry.sealed = base64_decode(row.text(7)).value_or("");
                entries_[s.domain] = std::move(entry);
            });
    });
}

Result<void> Smarthosts::set(const Smarthost& wanted, const std::optional<std::string>& password) {
    Entry entry{wanted, ""};
    Smarthost& s = entry.smarthost;
    s.domain = to_lower(s.domain);
    s.host = as_written(to_lower(s.host));
    if (auto good = check(s); !good) return good;
    const std::scoped_lock lock(mutex_);
    if (const auto old = entries_.find(s.domain); !password && old != entries_.end()) entry.sealed = old->second.sealed;
    if (password) entry.sealed = box_.seal(owner_of(s.domain), *password);
    if (!s.user.empty() && entry.sealed.empty()) return fail(ErrorKind::invalid, "a user needs a password");
    const std::string sealed = base64_encode(entry.sealed);
    auto written = database_.write([&](db::Session& session) {
        return session.execute(
            "INSERT INTO relay_smarthost(domain, host, port, tls, verify, pinned_sha256, username, sealed_password, "
            "changed_at)"
            " VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT(domain) DO UPDATE SET host = $2, port = $3, tls = "
            "$4,"
            " verify = $5, pinned_sha256 = $6, username = $7, sealed_password = $8, changed_at = $9",
            {std::string_view(s.domain), std::string_view(s.host), std::int64_t{s.port},
             std::string_view(to_string(s.tls)), std::int64_t{s.verify}, std::string_view(s.pinned_sha256),
             std::string_view(s.user), std::string_view(sealed), to_micros(clock_.now())});
    });
    if (!written) return fail(std::move(written.error()));
    entries_[s.domain] = std::move(entry);
    return {};
}

Result<void> Smarthosts::remove(const std::string& domain) {
    const std::scoped_lock lock(mutex_);
    if (!entries_.contains(domain))
        return fail(ErrorKind::not_found,
                    domain.empty() ? "there is no smarthost for all domains" : "there is no smarthost for " + domain);
    auto gone = database_.write([&](db::Session& session) {
        return session.execute("DELETE FROM relay_smarthost WHERE domain = $1", {std::string_view(domain)});
    });
    if (!gone) return fail(std::move(gone.error()));
    entries_.erase(domain);
    return {};
}

std::vector<Smarthost> Smarthosts::all() const {
    const std::scoped_lock lock(mutex_);
    std::vector<Smarthost> out;
    for (const auto& [domain, entry] : entries_) out.push_back(entry.smarthost);
    return out;
}

Result<std::optional<Smarthosts::Use>> Smarthosts::find(const std::string& domain) const {
    const std::scoped_lock lock(mutex_);
    auto found = entries_.find(domain);
    if (found == entries_.end()) found = entries_.find("");
    if (found == entries_.end()) return std::optional<Use>();
    Use use{found->second.smarthost, ""};
    if (use.smarthost.user.empty()) return std::optional<Use>(std::move(use));
    auto password = box_.open(owner_of(use.smarthost.domain), found->second.sealed);
    if (!password) return fail(std::move(password.error()));
    use.password = std::move(*password);
    return std::optional<Use>(std::move(use));
}

}  // namespace restante::relay
