#include <fmt/format.h>

#include "account_purge.hpp"
#include "base/secret_box.hpp"
#include "directory/audit.hpp"
#include "first_start.hpp"
#include "json_text.hpp"
#include "own_services.hpp"
#include "privileges.hpp"
#include "running_server.hpp"
#include "server_tls.hpp"
#include "store/options.hpp"

namespace restante {
namespace {
constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::seconds kApiGrace{2};  // an API connection has nothing to say at the end but its answer
}  // namespace

Result<void> RunningServer::start() {
    ready_.hostname = effective_hostname(config_);
    using Step = Result<void> (RunningServer::*)();
    for (const Step step : {&RunningServer::open_data, &RunningServer::open_tls, &RunningServer::open_store,
                            &RunningServer::open_directory, &RunningServer::open_work, &RunningServer::open_catalogue,
                            &RunningServer::start_services,
                            &RunningServer::leave_root, &RunningServer::create_administrator, &RunningServer::announce})
        if (auto done = (this->*step)(); !done) return done;
    return {};
}

Result<void> RunningServer::open_data() {
    auto data = DataDirectory::open(config_.server.data_directory);
    if (!data) return fail(data.error());
    data_.emplace(std::move(*data));
    db::Database::Options options;
    options.sqlite.path = paths_.database;
    auto database = db::Database::open(options);
    if (!database) return fail(database.error());
    database_ = std::move(*database);
    return {};
}

Result<void> RunningServer::open_tls() {
    if (auto made = make_missing_certificate(config_, ready_.hostname); !made) return made;
    certificates_ = std::make_unique<Certificates>(log_, clock_, least_tls(config_.tls));
    return certificates_->put(default_certificate(config_));
}

Result<void> RunningServer::open_catalogue() {
    io_ = std::make_unique<net::IoPool>(net::IoPoolOptions{.threads = config_.server.threads});
    work_ = std::make_unique<net::WorkPool>(net::WorkPoolOptions{.threads = config_.server.work_threads});
    auto settings = ServiceSettings::open(*database_, ids_, clock_);
    if (!settings) return fail(settings.error());
    catalogue_ = std::make_unique<ServiceCatalogue>(
        ServiceCatalogue::Surroundings{*io_, *work_, tasks_, upkeep_tasks_, clock_, log_}, config_, ready_.hostname,
        std::move(*settings), *certificates_, [this] { note_listeners(); });
    return {};
}

Result<void> RunningServer::open_store() {
    files_ = store::posix_file_system();
    store::Options options = config_.store;
    options.directory = paths_.mail;
    auto store = store::open_store(options, *files_, clock_, ids_, log_);
    if (!store) return fail(store.error());
    store_ = std::move(*store);
    return {};
}

Result<void> RunningServer::open_directory() {
    auto accounts = DirectoryServices::open(*database_, *data_, clock_, ids_, log_, config_);
    if (!accounts) return fail(accounts.error());
    accounts_ = std::move(*accounts);
    return {};
}

Result<void> RunningServer::open_work() {
    auto services =
        WorkServices::open({*database_, accounts_->directory(), *store_, *data_, clock_, ids_, log_, metrics_}, config_, ready_.hostname);
    if (!services) return fail(services.error());
    work_services_ = std::move(*services);
    auto credentials = admin::Credentials::open(*database_, ids_, clock_, config_.admin.credentials);
    if (!credentials) return fail(credentials.error());
    credentials_ = std::move(*credentials);
    return {};
}

Result<void> RunningServer::start_services() {
    passwords_ = std::make_unique<net::WorkPool>(net::WorkPoolOptions{.threads = config_.directory.argon2_concurrency});
    auto relay = RelayServices::open({*database_, *store_, *data_, *io_, *work_, tasks_, clock_, ids_, log_, metrics_}, config_, ready_.hostname);
    if (!relay) return fail(relay.error());
    relay_ = std::move(*relay);
    mda::Options delivery = config_.delivery;
    for (auto [name, key] : {std::pair{"lists.key", &delivery.list_key}, std::pair{"forwards.key", &delivery.forward_key}}) {
        auto secret = data_->secret(name, SecretBox::kKeyOctets);
        if (!secret) return fail(secret.error());
        *key = std::move(*secret);
    }
    mda_ = mda::make_mda(
        accounts_->directory(), *store_, &work_services_->intake(), &relay_->queue(), clock_, log_,
        [this](std::function<void()> job) { return work_->post(std::move(job)); }, std::move(delivery),
        &work_services_->account_rules(), &relay_->receipts());
    auto authentication = MailAuthentication::open(
        {*database_, *data_, *store_, relay_->resolver(), *io_, *work_, tasks_, upkeep_tasks_, clock_, ids_, log_, metrics_});
    if (!authentication) return fail(authentication.error());
    authentication_ = std::move(*authentication);
    if (auto opened = open_filter(); !opened) return opened;
    guard_ = std::make_unique<login::GuessGuard>(config_.guessing, metrics_, [this](const auto& attack) { note_attack(attack); });
    mail_ = std::make_unique<MailServices>(
        MailParts{*io_, *work_, *passwords_, tasks_, accounts_->directory(), *guard_, *mda_, *store_, clock_, ids_, log_, metrics_,
                  &accounts_->alerts(), &accounts_->client_views(), &authentication_->authenticator(), spam_check_.get(), &accounts_->send_as(),
                  &accounts_->pop_logins(), &accounts_->pop_uses()},
        config_, ready_.hostname);
    relay_->build(*mda_, authentication_->keys());
    work_services_->build(*io_, *work_, tasks_, *mda_);
    if (auto opened = open_prober(); !opened) return opened;
    if (auto made = make_settings(); !made) return made;
    admin_ = std::make_unique<AdminService>(AdminParts{*io_, *work_, api_tasks_, log_, metrics_}, api_parts(), config_, ready_checks());
    mail_->adopt_from(passed_);
    admin_->adopt_from(passed_);
    mail_->add_to(*catalogue_);
    relay_->add_to(*catalogue_);
    admin_->add_to(*catalogue_);
    if (auto opened = catalogue_->open(); !opened) return opened;
    if (auto opened = settings_->open(); !opened) return opened;
    if (auto started = catalogue_->start_automatic(); !started) return started;
    if (auto opened = admin_->open(); !opened) return opened;
    work_services_->start(*io_);
    upkeep_tasks_.spawn(io_->next(), purge_accounts({accounts_->directory(), *store_, log_}, *work_, clock_), "accounts.purge");
    prober_->start(*io_);
    return {};
}

/// Of the sections that belong to no service, those that a running server can follow.
Result<void> RunningServer::make_settings() {
    auto stored = ServiceSettings::open(*database_, ids_, clock_);
    if (!stored) return fail(stored.error());
    settings_ = std::make_unique<LiveSettings>(config_, std::move(*stored), log_);
    settings_->add("directory", [this](const Config& config) {
        passwords_->grow(config.directory.argon2_concurrency);
        return accounts_->directory().set_options(directory_options(config, ready_.hostname));
    });
    settings_->add("tls", [this](const Config& config) -> Result<> {
        catalogue_->follow_tls(config.tls);
        return {};
    }, {"certificate", "key"});
    settings_->add("dkim", [this](const Config& config) -> Result<> {
        authentication_->watch_keys(config.dkim.key_watch);
        return {};
    });
    settings_->add("filter", [this](const Config& config) -> Result<> {
        filter_->set(config.filter);
        return {};
    });
    settings_->add("guessing", [this](const Config& config) -> Result<> {
        guard_->set(config.guessing);
        return {};
    });
    settings_->add("delivery", [this](const Config& config) -> Result<> {
        mda_->set_limits(config.delivery.limits);
        work_services_->account_rules().set(config.rules);
        return {};
    });
    settings_->add("probe", [this](const Config& config) -> Result<> {
        prober_->set({config.probe.limits, config.probe.own});
        return {};
    });
    return {};
}

Result<void> RunningServer::open_filter() {
    auto filter = filter::SpamFilter::open({*database_, ids_, clock_, directory::auditor(ids_, clock_)}, config_.filter);
    if (!filter) return fail(filter.error());
    filter_ = std::move(*filter);
    spam_check_ = std::make_unique<mta::SpamCheck>(mta::SpamCheck::Parts{*filter_, *work_, *store_, metrics_});
    return {};
}

Result<void> RunningServer::open_prober() {
    auto key = data_->secret("probe.key", SecretBox::kKeyOctets);
    if (!key) return fail(key.error());
    const auto own = [this] {
        const auto wanted = prober_->settings().schedule;
        auto trusted = trusted_pem(*certificates_, wanted.tls_name.empty() ? ready_.hostname : wanted.tls_name, wanted.ca_file);
        if (!trusted) log_.error("probe.no_authorities", {{"reason", trusted.error().detail}});
        return own_services(listeners(), std::move(trusted).value_or(""));
    };
    auto prober = probe::Prober::open({*database_, accounts_->directory(), ids_, *work_, clock_, log_, metrics_, ready_.hostname, own}, std::move(*key),
                                      config_.probe.limits, config_.probe.own);
    if (!prober) return fail(prober.error());
    prober_ = std::move(*prober);
    return {};
}

/// Only of names that exist: who guesses at names could fill the list of alerts otherwise.
void RunningServer::note_attack(const login::GuessGuard::Attack& attack) {
    log_.warn("login.attack", {{"name", attack.name}, {"failures", std::uint64_t{attack.failures}}});
    work_->post([this, attack] {
        const auto account = accounts_->directory().account(attack.name);
        if (!account) return;
        const auto raised = accounts_->alerts().raise(
            "login.guessing", account->name,
            fmt::format("{} wrong passwords in a row. Those who have not logged in from their network before have to wait now. If "
                        "the owner is kept waiting, make an app password: it is always let in.",
                        attack.failures));
        if (!raised) log_.error("login.attack_not_noted", {{"reason", raised.error().detail}});
    });
}

Result<void> RunningServer::leave_root() {
    if (config_.server.user.empty()) return {};
    const auto ids = look_up_user(config_.server.user);
    if (!ids) return fail(ids.error());
    if (auto given = data_->give_to(ids->user, ids->group); !given) return given;
    return become_user(config_.server.user, *ids);
}

// Last, because nobody would see the password of a start that fails.
Result<void> RunningServer::create_administrator() {
    auto password = create_first_administrator(accounts_->directory());
    if (!password) return fail(password.error());
    ready_.administrator_password = std::move(*password);
    return {};
}

Result<void> RunningServer::announce() {
    ready_.listeners = listeners();
    for (const auto& [name, addresses] : ready_.listeners)
        for (const std::string& address : addresses) log_.info("server.listening", {{"service", name}, {"address", address}});
    return write_listeners();
}

std::map<std::string, std::vector<std::string>> RunningServer::listeners() const {
    auto all = catalogue_->listeners();
    for (const net::Address& address : admin_->unix_addresses()) all["admin.unix"].push_back(address.to_string());
    return all;
}

Result<void> RunningServer::write_listeners() {
    const std::scoped_lock lock(listeners_mutex_);
    std::string list;
    for (const auto& [name, addresses] : listeners()) {
        std::string items;
        for (const std::string& address : addresses) items += (items.empty() ? "" : ",") + json_text(address);
        list += fmt::format("{}{}:[{}]", list.empty() ? "" : ",", json_text(name), items);
    }
    return write_private_file(paths_.listeners, fmt::format("{{{}}}\n", list));
}

void RunningServer::note_listeners() {
    if (auto written = write_listeners(); !written) log_.error("server.listeners_unknown", {{"reason", written.error().detail}});
}

void RunningServer::reload(const Config& config) {
    // A new name for the files is taken as well as new files of the same name.
    if (auto loaded = certificates_->put(default_certificate(config)); !loaded) {
        log_.error("tls.refused", {{"reason", loaded.error().detail}});
        return;
    }
    certificates_->look(true);
    catalogue_->reload(config);
    settings_->reload(config);
    log_.info("server.reloaded", {{"certificate", certificates_->all().front().loaded->fingerprint()}});
}

bool RunningServer::stop() { return end(config_.server.shutdown_grace); }

// Also after a start that failed half-way. What holds a session up longer than its cancellation is a commit under way,
// which is never cut: it is waited for.
bool RunningServer::end(std::chrono::seconds grace) {
    upkeep_tasks_.cancel();
    if (catalogue_) catalogue_->stop_all();
    if (admin_) admin_->close();
    if (prober_) prober_->stop();
    if (work_services_) work_services_->stop();
    api_tasks_.wait(kApiGrace);
    api_tasks_.cancel();
    const bool clean = tasks_.wait(grace);
    if (!clean) log_.warn("server.cutting_sessions", {{"sessions", tasks_.size()}});
    tasks_.cancel();
    for (net::TaskGroup* group : {&tasks_, &api_tasks_, &upkeep_tasks_})
        while (!group->wait(kPatience)) log_.warn("server.waiting_for_commits", {{"sessions", group->size()}});
    for (net::WorkPool* pool : {passwords_.get(), work_.get()})
        if (pool != nullptr) pool->stop();
    return clean;
}

Result<std::unique_ptr<Server>> Server::start(Config config, Log& log, const net::PassedSockets& passed) {
    auto server = std::make_unique<RunningServer>(std::move(config), log, passed);
    if (auto started = server->start(); !started) return fail(started.error());
    return server;
}

}  // namespace restante
