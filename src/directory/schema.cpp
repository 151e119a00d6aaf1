#include "directory/schema.hpp"

#include <algorithm>
#include <array>

#include "directory/audit.hpp"
#include "directory/rule_rows.hpp"

namespace restante::directory {
namespace {
// server_name holds every name of a tenant, account or list: their uniqueness over the server (S5.3) is the database's
// own, whoever writes.
constexpr std::array kSchemaSteps{
    db::Migration{"directory", 1, R"sql(
CREATE TABLE server_name(name TEXT PRIMARY KEY, kind TEXT NOT NULL);
CREATE TABLE tenant(id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE REFERENCES server_name(name),
    password_hash TEXT NOT NULL, administrator BIGINT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE domain(id BIGINT PRIMARY KEY, tenant_id BIGINT NOT NULL REFERENCES tenant(id),
    name TEXT NOT NULL UNIQUE, created_at BIGINT NOT NULL);
CREATE TABLE account(id BIGINT PRIMARY KEY, tenant_id BIGINT NOT NULL REFERENCES tenant(id),
    domain_id BIGINT NOT NULL REFERENCES domain(id), name TEXT NOT NULL UNIQUE REFERENCES server_name(name),
    real_name TEXT NOT NULL, enabled BIGINT NOT NULL, password_hash TEXT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE alias(id BIGINT PRIMARY KEY, domain_id BIGINT NOT NULL REFERENCES domain(id),
    address TEXT NOT NULL UNIQUE, managed_by TEXT NOT NULL);
CREATE TABLE alias_destination(alias_id BIGINT NOT NULL REFERENCES alias(id) ON DELETE CASCADE,
    position BIGINT NOT NULL, destination TEXT NOT NULL, PRIMARY KEY(alias_id, position));
CREATE TABLE audit(id BIGINT PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
    object TEXT NOT NULL, detail TEXT NOT NULL);
)sql"},
    db::Migration{"directory", 2, R"sql(
ALTER TABLE account ADD COLUMN pop3_enabled BIGINT NOT NULL DEFAULT 1;
ALTER TABLE account ADD COLUMN app_passwords_only BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN deleted_at BIGINT;
CREATE TABLE account_pop3(account_id BIGINT PRIMARY KEY REFERENCES account(id), descending BIGINT NOT NULL,
    fast_sizes BIGINT NOT NULL, min_poll_seconds BIGINT NOT NULL, retrieval TEXT NOT NULL, undo_days BIGINT NOT NULL,
    alert_percent BIGINT NOT NULL, alert_from BIGINT NOT NULL, expire_days BIGINT NOT NULL);
CREATE TABLE account_scram(account_id BIGINT PRIMARY KEY REFERENCES account(id), iterations BIGINT NOT NULL,
    sha1 TEXT NOT NULL, sha256 TEXT NOT NULL);
CREATE TABLE account_secret(account_id BIGINT PRIMARY KEY REFERENCES account(id), box TEXT NOT NULL);
CREATE TABLE app_password(id BIGINT PRIMARY KEY, account_id BIGINT NOT NULL REFERENCES account(id),
    name TEXT NOT NULL, digest TEXT NOT NULL, pop3 BIGINT NOT NULL, smtp BIGINT NOT NULL, networks TEXT NOT NULL,
    created_at BIGINT NOT NULL, expires_at BIGINT, last_used_at BIGINT, last_used_from TEXT NOT NULL,
    UNIQUE(account_id, name));
)sql"}};

template <class... Calls>
Result<void> each(Calls&&... calls) {
    Result<void> done;
    const auto run = [&](auto& call) {
        auto result = call();
        if (!result) done = fail(std::move(result.error()));
        return done.has_value();
    };
    (run(calls) && ...);
    return done;
}

Result<void> load_aliases(db::Session& session, Index& index) {
    return session.query(
        "SELECT a.address, a.id, a.domain_id, a.managed_by, t.destination FROM alias a "
        "JOIN alias_destination t ON t.alias_id = a.id ORDER BY a.id, t.position",
        {}, [&](const db::Row& row) {
            Alias& alias = index.aliases[std::string(row.text(0))];
            alias.address = row.text(0);
            alias.id = row.integer(1);
            alias.domain_id = row.integer(2);
            alias.managed_by = row.text(3);
            alias.destinations.emplace_back(row.text(4));
        });
}
}  // namespace

std::span<const db::Migration> migrations() { return kSchemaSteps; }

Result<void> load(db::Session& session, Index& index, std::uint64_t& versions) {
    const auto tenants = [&] {
        return session.query("SELECT id, name, administrator, password_hash FROM tenant", {}, [&](const db::Row& row) {
            TenantEntry entry{{row.integer(0), std::string(row.text(1)), row.integer(2) != 0},
                              {std::string(row.text(3)), ++versions}};
            index.tenants.insert_or_assign(entry.tenant.name, std::move(entry));
        });
    };
    const auto domains = [&] {
        return session.query("SELECT id, tenant_id, name FROM domain", {}, [&](const db::Row& row) {
            Domain domain{row.integer(0), row.integer(1), std::string(row.text(2))};
            index.domains.insert_or_assign(domain.name, std::move(domain));
        });
    };
    return each(
        tenants, domains, [&] { return load_accounts(session, index, versions); },
        [&] { return load_aliases(session, index); }, [&] { return load_rules(session, index); });
}

Result<std::int64_t> highest_id(db::Session& session) {
    std::int64_t highest = 0;
    for (const char* table : {"tenant", "domain", "account", "alias", "app_password", "mailing_list", "mailing_list_member",
                              "audit"}) {
        auto found = session.integer("SELECT MAX(id) FROM " + std::string(table));
        if (!found) return fail(std::move(found.error()));
        highest = std::max(highest, found->value_or(0));
    }
    return highest;
}

Result<void> insert_tenant(db::Session& session, const TenantEntry& entry, Timestamp now) {
    const Tenant& tenant = entry.tenant;
    return each(
        [&] {
            return session.execute("INSERT INTO server_name(name, kind) VALUES($1, 'tenant')",
                                   {std::string_view(tenant.name)});
        },
        [&] {
            return session.execute(
                "INSERT INTO tenant(id, name, password_hash, administrator, created_at) VALUES($1, $2, $3, $4, $5)",
                {tenant.id, std::string_view(tenant.name), std::string_view(entry.credential.hash),
                 std::int64_t{tenant.administrator}, to_micros(now)});
        });
}

Result<void> put_alias(db::Session& session, const Alias& alias) {
    auto done = each(
        [&] {
            return session.execute(
                "INSERT INTO alias(id, domain_id, address, managed_by) VALUES($1, $2, $3, $4) ON CONFLICT(id) DO "
                "NOTHING",
                {alias.id, alias.domain_id, std::string_view(alias.address), std::string_view(alias.managed_by)});
        },
        [&] { return session.execute("DELETE FROM alias_destination WHERE alias_id=$1", {alias.id}); });
    for (std::size_t i = 0; done && i < alias.destinations.size(); ++i)
        done = each([&] {
            return session.execute("INSERT INTO alias_destination(alias_id, position, destination) VALUES($1, $2, $3)",
                                   {alias.id, static_cast<std::int64_t>(i), std::string_view(alias.destinations[i])});
        });
    return done;
}

Result<void> delete_alias_row(db::Session& session, std::int64_t id) {
    return each([&] { return session.execute("DELETE FROM alias_destination WHERE alias_id=$1", {id}); },
                [&] { return session.execute("DELETE FROM alias WHERE id=$1", {id}); });
}

Result<void> write_audit(db::Session& session, IdSource& ids, Timestamp at, const AuditEvent& event) {
    auto done =
        session.execute("INSERT INTO audit(id, at, actor, action, object, detail) VALUES($1, $2, $3, $4, $5, $6)",
                        {ids.next(), to_micros(at), event.actor, event.action, event.object, event.detail});
    if (!done) return fail(std::move(done.error()));
    return {};
}

db::Auditor auditor(IdSource& ids, const Clock& clock) {
    return [&ids, &clock](db::Session& session, const std::string& actor, const std::string& action,
                          const std::string& object, const std::string& detail) {
        return write_audit(session, ids, clock.now(), {actor, action, object, detail});
    };
}

}  // namespace restante::directory
