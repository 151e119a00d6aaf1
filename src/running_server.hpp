#pragma once
// Internal to the server: its parts. server.cpp puts them together and takes them down, server_api.cpp shows them to the API.
#include <boost/json/object.hpp>
#include <mutex>

#include "admin_service.hpp"
#include "certificates.hpp"
#include "data_directory.hpp"
#include "db/database.hpp"
#include "directory_services.hpp"
#include "filter/spam_filter.hpp"
#include "live_settings.hpp"
#include "mail_authentication.hpp"
#include "mail_services.hpp"
#include "mta/spam_check.hpp"
#include "net/io_pool.hpp"
#include "net/task_group.hpp"
#include "net/work_pool.hpp"
#include "paths.hpp"
#include "probe/prober.hpp"
#include "relay_services.hpp"
#include "server.hpp"
#include "service_catalogue.hpp"
#include "work_services.hpp"

namespace restante {

// Members stand in the order in which they are built; destruction takes them down the other way.
class RunningServer final : public Server {
public:
    RunningServer(Config config, Log& log, const net::PassedSockets& passed)
        : config_(std::move(config)), log_(log), passed_(passed), paths_(config_), tasks_(log), api_tasks_(log), upkeep_tasks_(log) {}
    ~RunningServer() override { end(std::chrono::seconds(1)); }

    Result<void> start();
    const Ready& ready() const override { return ready_; }
    void reload(const Config& config) override;
    bool stop() override;

private:
    Result<void> open_data();
    Result<void> open_store();
    Result<void> open_directory();
    Result<void> open_work();
    Result<void> open_tls();
    Result<void> open_catalogue();
    Result<void> make_settings();
    Result<void> start_services();
    std::map<std::string, std::vector<std::string>> listeners() const;
    Result<void> write_listeners();
    void note_listeners();
    admin::Parts api_parts();
    std::vector<admin::ReadyCheck> ready_checks();
    admin::Parts::Upkeep upkeep();
    decltype(admin::Parts::audit) audit();
    Result<void> open_filter();
    Result<void> open_prober();
    boost::json::object status() const;
    void note_attack(const login::GuessGuard::Attack& attack);
    Result<void> leave_root();
    Result<void> create_administrator();
    Result<void> announce();
    bool end(std::chrono::seconds grace);

    Config config_;
    Log& log_;
    const net::PassedSockets& passed_;
    Paths paths_;
    Ready ready_;
    SystemClock clock_;
    const Timestamp started_ = clock_.now();
    IdSource ids_{clock_};
    std::optional<DataDirectory> data_;
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<store::FileSystem> files_;
    std::unique_ptr<store::MessageStore> store_;
    std::unique_ptr<DirectoryServices> accounts_;
    std::unique_ptr<Certificates> certificates_;
    Metrics metrics_;
    std::unique_ptr<net::WorkPool> work_;
    std::unique_ptr<net::WorkPool> passwords_;
    std::unique_ptr<WorkServices> work_services_;
    std::unique_ptr<admin::Credentials> credentials_;
    std::unique_ptr<net::IoPool> io_;
    std::unique_ptr<RelayServices> relay_;
    std::unique_ptr<mda::Mda> mda_;
    net::TaskGroup tasks_;
    net::TaskGroup api_tasks_;
    net::TaskGroup upkeep_tasks_;
    std::unique_ptr<MailAuthentication> authentication_;
    std::unique_ptr<filter::SpamFilter> filter_;
    std::unique_ptr<mta::SpamCheck> spam_check_;
    std::unique_ptr<login::GuessGuard> guard_;
    std::unique_ptr<MailServices> mail_;
    std::unique_ptr<probe::Prober> prober_;
    std::unique_ptr<AdminService> admin_;
    std::mutex listeners_mutex_;  // of the file that names them
    std::unique_ptr<ServiceCatalogue> catalogue_;
    std::unique_ptr<LiveSettings> settings_;
};

}  // namespace restante
