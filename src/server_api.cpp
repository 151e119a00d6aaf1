// What the API sees of the server, and can do to it.
#include <boost/json/array.hpp>

#include "backup.hpp"
#include "directory/audit.hpp"
#include "running_server.hpp"

namespace restante {

admin::Parts RunningServer::api_parts() {
    return {.directory = accounts_->directory(),
            .store = *store_,
            .work = work_services_->work(),
            .connections = work_services_->connections(),
            .fetcher = work_services_->fetcher(),
            .credentials = *credentials_,
            .clock = clock_,
            .log = log_,
            .server_status = [this] { return status(); },
            .upkeep = upkeep(),
            .watches = mail_->watches(),
            .alerts = &accounts_->alerts(),
            .audit = audit(),
            .services = catalogue_.get(),
            .settings = settings_.get(),
            .pop3_defaults = [this] { return mail_->pop3_defaults(); },
            .moving_in = {mda_.get(), work_.get(), config_.store.draft_memory_bytes, config_.moving.max_message_octets},
            .prober = prober_.get(),
            .dkim = &authentication_->keys(),
            .spam_filter = filter_.get(),
            .queue = &relay_->queue(),
            .smarthosts = &relay_->smarthosts(),
            .send_as = &accounts_->send_as(),
            .pop_uses = &accounts_->pop_uses(),
            .tls_reports = &relay_->tls_reports()};
}

std::vector<admin::ReadyCheck> RunningServer::ready_checks() {
    const auto store = [this]() -> Result<> {
        if (store_->statistics().accepting) return {};
        return fail(ErrorKind::unavailable, "the store takes no mail after a disk fault; see the log");
    };
    const auto database = [this]() -> Result<> {
        return database_->read([](db::Session& session) { return session.integer("SELECT 1"); }).map([](const auto&) {});
    };
    return {{"store", store}, {"database", database}};
}

admin::Parts::Upkeep RunningServer::upkeep() {
    const auto quiet = [](std::uint64_t, std::uint64_t) {};
    return {[this, quiet] { return store::verify(*store_, quiet); }, [this, quiet] { return store::compact(*store_, quiet); },
            [this, quiet](const std::string& folder) {
                return back_up(*store_, *database_, data_->path(), clock_, folder, quiet);
            }};
}

decltype(admin::Parts::audit) RunningServer::audit() {
    return [this](const std::string& actor, const std::string& action, const std::string& object, const std::string& detail) {
        return database_->write([&](db::Session& session) {
            return directory::write_audit(session, ids_, clock_.now(), {actor, action, object, detail});
        });
    };
}

boost::json::object RunningServer::status() const {
    boost::json::array shown;
    for (const auto& [name, addresses] : listeners()) {
        const bool implicit = name.ends_with("_tls");
        const char* tls = implicit ? "implicit" : name.starts_with("admin") ? "none" : "start";
        for (const std::string& address : addresses) shown.push_back({{"service", name}, {"address", address}, {"tls", tls}});
    }
    return {{"version", RESTANTE_VERSION},
            {"hostname", ready_.hostname},
            {"started_at", to_rfc3339(started_)},
            {"listeners", std::move(shown)}};
}

}  // namespace restante
