#include "service_settings.hpp"

#include <array>

#include "directory/audit.hpp"

namespace restante {
namespace {
constexpr std::array kMigrationSteps{db::Migration{"services", 1, R"(
CREATE TABLE service_setting(
  service TEXT NOT NULL, property TEXT NOT NULL, value TEXT NOT NULL, set_at BIGINT NOT NULL, set_by TEXT NOT NULL,
  PRIMARY KEY(service, property));
CREATE TABLE certificate(
  name TEXT PRIMARY KEY, certificate_file TEXT NOT NULL, key_file TEXT NOT NULL))"},
                             db::Migration{"services", 2, R"(
CREATE TABLE connector(name TEXT PRIMARY KEY, created_at BIGINT NOT NULL, created_by TEXT NOT NULL))"}};
}  // namespace

Result<ServiceSettings> ServiceSettings::open(db::Database& database, IdSource& ids, const Clock& clock) {
    if (auto done = database.migrate(kMigrationSteps); !done) return fail(std::move(done.error()));
    return ServiceSettings(database, ids, clock);
}

Result<> ServiceSettings::audit(db::Session& session, const std::string& actor, const std::string& action, const std::string& object,
                                const std::string& detail) {
    return directory::write_audit(session, *ids_, clock_->now(), {actor, action, object, detail});
}

Result<std::map<std::string, ServiceSettings::ByProperty>> ServiceSettings::all() {
    return database_->read([](db::Session& session) -> Result<std::map<std::string, ByProperty>> {
        std::map<std::string, ByProperty> out;
        auto done = session.query("SELECT service, property, value, set_at, set_by FROM service_setting", {}, [&](const db::Row& row) {
            out[std::string(row.text(0))][std::string(row.text(1))] = {std::string(row.text(2)), from_micros(row.integer(3)),
                                                                       std::string(row.text(4))};
        });
        if (!done) return fail(std::move(done.error()));
        return out;
    });
}

Result<ServiceSettings::Value> ServiceSettings::write(db::Session& session, const std::string& service, const std::string& property,
                                                      const std::string& text, const std::string& actor, const std::string& before) {
    const Value value{text, clock_->now(), actor};
    auto done = session.execute(
        "INSERT INTO service_setting(service, property, value, set_at, set_by) VALUES($1,$2,$3,$4,$5) "
        "ON CONFLICT(service, property) DO UPDATE SET value=excluded.value, set_at=excluded.set_at, set_by=excluded.set_by",
        {std::string_view(service), std::string_view(property), std::string_view(text), to_micros(value.set_at), std::string_view(actor)});
    if (!done) return fail(std::move(done.error()));
    auto noted = audit(session, actor, "service.set", service, property + ": " + before + " -> " + text);
    if (!noted) return fail(std::move(noted.error()));
    return value;
}

Result<ServiceSettings::Value> ServiceSettings::put(const std::string& service, const std::string& property, const std::string& text,
                                                    const std::string& actor, const std::string& before) {
    return database_->write([&](db::Session& session) { return write(session, service, property, text, actor, before); });
}

Result<ServiceSettings::ByProperty> ServiceSettings::read(db::Session& session, const std::string& service) {
    ByProperty out;
    auto done = session.query("SELECT property, value, set_at, set_by FROM service_setting WHERE service=$1", {std::string_view(service)},
                              [&](const db::Row& row) {
                                  out[std::string(row.text(0))] = {std::string(row.text(1)), from_micros(row.integer(2)),
                                                                   std::string(row.text(3))};
                              });
    if (!done) return fail(std::move(done.error()));
    return out;
}

Result<ServiceSettings::ByProperty> ServiceSettings::put_all(const std::string& service, const std::map<std::string, std::string>& texts,
                                                             const std::map<std::string, std::string>& before, const std::string& actor) {
    return database_->write([&](db::Session& session) -> Result<ByProperty> {
        for (const auto& [property, text] : texts) {
            const auto old = before.find(property);
            if (old != before.end() && old->second == text) continue;
            auto written = write(session, service, property, text, actor, old == before.end() ? "" : old->second);
            if (!written) return fail(std::move(written.error()));
        }
        return read(session, service);
    });
}

Result<std::vector<std::string>> ServiceSettings::connectors() {
    return database_->read([](db::Session& session) -> Result<std::vector<std::string>> {
        std::vector<std::string> out;
        auto done = session.query("SELECT name FROM connector ORDER BY name", {},
                                  [&](const db::Row& row) { out.emplace_back(row.text(0)); });
        if (!done) return fail(std::move(done.error()));
        return out;
    });
}

Result<ServiceSettings::ByProperty> ServiceSettings::add_connector(const std::string& name,
                                                                   const std::map<std::string, std::string>& texts,
                                                                   const std::string& actor) {
    return database_->write([&](db::Session& session) -> Result<ByProperty> {
        auto done = session.execute("INSERT INTO connector(name, created_at, created_by) VALUES($1,$2,$3)",
                                    {std::string_view(name), to_micros(clock_->now()), std::string_view(actor)});
        if (!done) return fail(std::move(done.error()));
        if (auto noted = audit(session, actor, "connector.add", name, ""); !noted) return fail(std::move(noted.error()));
        for (const auto& [property, text] : texts)
            if (auto written = write(session, name, property, text, actor, ""); !written) return fail(std::move(written.error()));
        return read(session, name);
    });
}

Result<> ServiceSettings::remove_connector(const std::string& name, const std::string& actor) {
    return database_->write([&](db::Session& session) -> Result<> {
        for (const char* statement : {"DELETE FROM service_setting WHERE service=$1", "DELETE FROM connector WHERE name=$1"})
            if (auto done = session.execute(statement, {std::string_view(name)}); !done) return fail(std::move(done.error()));
        return audit(session, actor, "connector.remove", name, "");
    });
}

Result<> ServiceSettings::remove(const std::string& service, const std::string& property, const std::string& actor) {
    return database_->write([&](db::Session& session) -> Result<> {
        auto done = session.execute("DELETE FROM service_setting WHERE service=$1 AND property=$2",
                                    {std::string_view(service), std::string_view(property)});
        if (!done) return fail(std::move(done.error()));
        return audit(session, actor, "service.reset", service, property);
    });
}

Result<std::vector<ServiceSettings::CertificateFiles>> ServiceSettings::certificates() {
    return database_->read([](db::Session& session) -> Result<std::vector<CertificateFiles>> {
        std::vector<CertificateFiles> out;
        auto done = session.query("SELECT name, certificate_file, key_file FROM certificate ORDER BY name", {}, [&](const db::Row& row) {
            out.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))});
        });
        if (!done) return fail(std::move(done.error()));
        return out;
    });
}

Result<> ServiceSettings::add_certificate(const CertificateFiles& files, const std::string& actor) {
    return database_->write([&](db::Session& session) -> Result<> {
        auto done = session.execute("INSERT INTO certificate(name, certificate_file, key_file) VALUES($1,$2,$3)",
                                    {std::string_view(files.name), std::string_view(files.certificate_file),
                                     std::string_view(files.key_file)});
        if (!done) return fail(std::move(done.error()));
        return audit(session, actor, "certificate.add", files.name, files.certificate_file);
    });
}

Result<> ServiceSettings::remove_certificate(const std::string& name, const std::string& actor) {
    return database_->write([&](db::Session& session) -> Result<> {
        auto done = session.execute("DELETE FROM certificate WHERE name=$1", {std::string_view(name)});
        if (!done) return fail(std::move(done.error()));
        return audit(session, actor, "certificate.remove", name, "");
    });
}

Result<> ServiceSettings::note(const std::string& actor, const std::string& action, const std::string& object, const std::string& detail) {
    return database_->write([&](db::Session& session) { return audit(session, actor, action, object, detail); });
}

}  // namespace restante
