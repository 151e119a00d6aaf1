#include "mailauth/dkim_keys.hpp"

#include <algorithm>
#include <array>

#include "mailauth/key_record.hpp"

namespace restante::mailauth {
namespace {

using State = DkimKey::State;

constexpr std::array<db::Migration, 1> kMigrations{{{"mailauth", 1,
                                                     "CREATE TABLE dkim_keys ("
                                                     " id BIGINT PRIMARY KEY,"
                                                     " domain TEXT NOT NULL,"
                                                     " selector TEXT NOT NULL,"
                                                     " type TEXT NOT NULL,"
                                                     " bits BIGINT NOT NULL,"
                                                     " state TEXT NOT NULL,"
                                                     " record TEXT NOT NULL,"
                                                     " secret BLOB NOT NULL,"  // a box; empty once it is retired
                                                     " created_at BIGINT NOT NULL,"
                                                     " activated_at BIGINT,"
                                                     " retired_at BIGINT,"
                                                     " UNIQUE (domain, selector))"}}};

constexpr const char* kColumns =
    "SELECT domain, selector, type, bits, state, record, created_at, activated_at, retired_at FROM dkim_keys ";

State state_of(std::string_view text) {
    for (const State state : {State::pending, State::active})
        if (text == to_string(state)) return state;
    return State::retired;
}

std::optional<Timestamp> time_at(const db::Row& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return from_micros(row.integer(column));
}

DkimKey read_key(const db::Row& row) {
    DkimKey out;
    out.domain = row.text(0);
    out.selector = row.text(1);
    out.type = row.text(2) == "rsa" ? KeyType::rsa : KeyType::ed25519;
    out.bits = static_cast<int>(row.integer(3));
    out.state = state_of(row.text(4));
    out.record = row.text(5);
    out.record_name = key_record_name(out.selector, out.domain);
    out.created_at = from_micros(row.integer(6));
    out.activated_at = time_at(row, 7);
    out.retired_at = time_at(row, 8);
    return out;
}

std::string owner_of(const std::string& domain, const std::string& selector) {
    return "dkim key " + key_record_name(selector, domain);
}

/// "rsa-20261128", with "-2" and so on behind it while it is taken.
std::string free_selector(KeyType type, Timestamp now, const std::vector<DkimKey>& taken) {
    const std::string day = to_rfc3339(now).substr(0, 10);
    const std::string base =
        std::string(type == KeyType::rsa ? "rsa-" : "ed-") + day.substr(0, 4) + day.substr(5, 2) + day.substr(8, 2);
    std::string out = base;
    for (int n = 2; std::ranges::find(taken, out, &DkimKey::selector) != taken.end(); ++n)
        out = base + "-" + std::to_string(n);
    return out;
}

bool has(const std::vector<DkimKey>& keys, State state) {
    return std::ranges::find(keys, state, &DkimKey::state) != keys.end();
}

}  // namespace

const char* to_string(State state) {
    static constexpr const char* words[] = {"pending", "active", "retired"};
    return words[static_cast<int>(state)];
}

Result<std::unique_ptr<DkimKeys>> DkimKeys::open(Parts parts, std::string key) {
    if (auto migrated = parts.database.migrate(kMigrations); !migrated) return fail(migrated.error());
    std::unique_ptr<DkimKeys> out(new DkimKeys(std::move(parts), std::move(key)));
    if (auto loaded = out->load(); !loaded) return fail(loaded.error());
    return out;
}

Result<> DkimKeys::load() {
    std::map<std::string, std::vector<SigningKey>> found;
    Result<> opened;
    const auto take = [&](const db::Row& row) {
        const std::string domain(row.text(0)), selector(row.text(1));
        const auto pem = box_.open(owner_of(domain, selector), row.text(2));
        auto key = pem ? PrivateKey::from_pem(*pem) : fail(pem.error());
        if (!key)
            opened = fail(ErrorKind::corrupt, owner_of(domain, selector) + ": " + key.error().detail);
        else
            found[domain].push_back({domain, selector, std::move(*key)});
    };
    auto read = parts_.database.read([&](db::Session& session) {
        return session.query("SELECT domain, selector, secret FROM dkim_keys WHERE state = 'active' ORDER BY id", {},
                             take);
    });
    if (!read) return read;
    if (!opened) return opened;
    ByDomain active;
    for (auto& [domain, keys] : found)
        active[domain] = std::make_shared<const std::vector<SigningKey>>(std::move(keys));
    const std::scoped_lock lock(mutex_);
    active_ = std::move(active);
    return {};
}

std::shared_ptr<const std::vector<SigningKey>> DkimKeys::active(const std::string& domain) const {
    const std::scoped_lock lock(mutex_);
    const auto found = active_.find(domain);
    return found == active_.end() ? nullptr : found->second;
}

Result<std::vector<DkimKey>> DkimKeys::list(const std::string& domain) {
    std::vector<DkimKey> out;
    const auto take = [&](const db::Row& row) { out.push_back(read_key(row)); };
    auto read = parts_.database.read([&](db::Session& session) {
        const std::string where = domain.empty() ? "WHERE $1 = '' " : "WHERE domain = $1 ";
        return session.query(kColumns + where + "ORDER BY domain, id DESC", {std::string_view(domain)}, take);
    });
    if (!read) return fail(read.error());
    return out;
}

Result<> DkimKeys::change(const std::function<Result<void>(db::Session&)>& body) {
    if (auto written = parts_.database.write(body); !written) return written;
    return load();
}

Result<std::vector<DkimKey>> DkimKeys::add(const std::string& domain, const std::string& actor) {
    return make(domain, actor, true);
}
Result<std::vector<DkimKey>> DkimKeys::rotate(const std::string& domain, const std::string& actor) {
    return make(domain, actor, false);
}

Result<std::vector<DkimKey>> DkimKeys::make(const std::string& domain, const std::string& actor, bool is_first) {
    const std::scoped_lock lock(changes_);
    const auto known = list(domain);
    if (!known) return known;
    if (is_first && (has(*known, State::active) || has(*known, State::pending)))
        return fail(ErrorKind::already_exists, domain + " has DKIM keys; rotate them");
    if (!is_first && !has(*known, State::active) && !has(*known, State::pending))
        return fail(ErrorKind::not_found, domain + " has no DKIM keys to rotate");
    if (!is_first && has(*known, State::pending))
        return fail(ErrorKind::busy, domain + " has new keys already: publish and activate them, or remove them");
    std::vector<std::pair<DkimKey, PrivateKey>> made;
    for (const KeyType type : {KeyType::rsa, KeyType::ed25519}) {
        auto secret = PrivateKey::generate(type);
        if (!secret) return fail(secret.error());
        DkimKey key;
        key.domain = domain;
        key.created_at = parts_.clock.now();
        key.selector = free_selector(type, key.created_at, *known);
        key.type = type;
        key.bits = secret->bits();
        key.record = write_key_record(*secret);
        made.emplace_back(std::move(key), std::move(*secret));
    }
    auto changed = change([&](db::Session& session) -> Result<void> {
        for (const auto& [key, secret] : made) {
            if (auto inserted = insert(session, key, secret); !inserted) return inserted;
            if (auto noted = parts_.audit(session, actor, "dkim.add", domain, key.selector); !noted) return noted;
        }
        return {};
    });
    if (!changed) return fail(changed.error());
    return list(domain);
}

Result<> DkimKeys::insert(db::Session& session, const DkimKey& key, const PrivateKey& secret) {
    const std::string box = box_.seal(owner_of(key.domain, key.selector), secret.pem());
    auto done = session.execute(
        "INSERT INTO dkim_keys (id, domain, selector, type, bits, state, record, secret, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        {parts_.ids.next(), std::string_view(key.domain), std::string_view(key.selector),
         std::string_view(to_string(key.type)), std::int64_t{key.bits}, std::string_view(to_string(key.state)),
         std::string_view(key.record), db::Blob{box}, to_micros(key.created_at)});
    if (!done) return fail(done.error());
    return {};
}

Result<std::vector<DkimKey>> DkimKeys::activate(const std::string& domain, const std::string& actor,
                                                const std::vector<std::string>& selectors) {
    const std::scoped_lock lock(changes_);
    auto known = list(domain);
    if (!known) return known;
    std::erase_if(*known, [&](const DkimKey& key) {
        return key.state != State::pending ||
               (!selectors.empty() && std::ranges::find(selectors, key.selector) == selectors.end());
    });
    if (known->empty()) return fail(ErrorKind::not_found, domain + " has no pending DKIM keys");
    const std::int64_t now = to_micros(parts_.clock.now());
    auto changed = change([&](db::Session& session) -> Result<void> {
        for (const DkimKey& key : *known) {
            auto retired = session.execute(
                "UPDATE dkim_keys SET state = 'retired', retired_at = $1, secret = $2"
                " WHERE domain = $3 AND type = $4 AND state = 'active'",
                {now, db::Blob{}, std::string_view(domain), std::string_view(to_string(key.type))});
            if (!retired) return fail(retired.error());
            auto done = session.execute(
                "UPDATE dkim_keys SET state = 'active', activated_at = $1 WHERE domain = $2 AND selector = $3",
                {now, std::string_view(domain), std::string_view(key.selector)});
            if (!done) return fail(done.error());
            if (auto noted = parts_.audit(session, actor, "dkim.activate", domain, key.selector); !noted) return noted;
        }
        return {};
    });
    if (!changed) return fail(changed.error());
    return list(domain);
}

Result<> DkimKeys::remove(const std::string& domain, const std::string& selector, const std::string& actor) {
    const std::scoped_lock lock(changes_);
    return change([&](db::Session& session) -> Result<void> {
        const auto count = session.execute("DELETE FROM dkim_keys WHERE domain = $1 AND ($2 = '' OR selector = $2)",
                                           {std::string_view(domain), std::string_view(selector)});
        if (!count) return fail(count.error());
        if (*count == 0)
            return fail(ErrorKind::not_found,
                        domain + (selector.empty() ? " has no DKIM keys" : " has no key " + selector));
        return parts_.audit(session, actor, "dkim.remove", domain, selector.empty() ? "all keys" : selector);
    });
}

}  // namespace restante::mailauth
