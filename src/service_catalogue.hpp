#pragma once
// Every service of the server: what the configuration says, what administrators have set over it, and its state.
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "admin/services.hpp"
#include "certificates.hpp"
#include "config_table.hpp"
#include "net/task_group.hpp"
#include "net/work_pool.hpp"
#include "service_agent.hpp"
#include "service_settings.hpp"
#include "setting_overlay.hpp"

namespace restante {

/// One service for the catalogue.
struct ServicePart {
    std::string name;   // "mx"
    std::string about;
    std::string list;   // "smtp.mx": its listeners' name; those under TLS have _tls behind it. Also the section of its addresses
    std::vector<std::string> sections;     // of the configuration: its properties
    std::vector<std::string> only{};       // of those, if not all
    std::vector<std::string> without{};    // nor those whose names begin so
    Config::Service& (*settings)(Config&);
    std::shared_ptr<net::LiveTlsContext> tls;
    std::unique_ptr<ServiceAgent> agent;
    bool connector = false;  // takes SMTP
};

class ServiceCatalogue final : public admin::Services {
public:
    struct Surroundings {
        net::IoPool& io;
        net::WorkPool& work;
        net::TaskGroup& group;   // waits for sessions to end after a stop
        net::TaskGroup& upkeep;  // looks after certificates; cancelled first
        const Clock& clock;
        Log& log;
    };

    /// All but the agents' services outlives the catalogue. changed: called after addresses may have changed.
    ServiceCatalogue(Surroundings surroundings, Config config, std::string hostname, ServiceSettings settings,
                     Certificates& certificates, std::function<void()> changed);

    /// Before open().
    void add(ServicePart part);
    /// How the part of a receive connector is made that an administrator names. Before open().
    void make_connectors(std::function<ServicePart(const std::string& name)> make);
    /// Reads what has been set, and gives every service its options and its certificate.
    Result<> open();
    /// Starts the automatic ones. An address of the configuration file that cannot be bound is an error that names it; of
    /// an address that was set, the service's own.
    Result<> start_automatic();
    /// The file has been read again: what it says holds where nothing was set over it. Faults are logged.
    void reload(const Config& config);
    /// [tls] says something new: the oldest version for sessions to come, how often certificates are looked after.
    void follow_tls(const Config::Tls& tls);
    /// At the server's end: accept no more, sessions end after their command.
    void stop_all();

    /// "pop3_tls" -> {"127.0.0.1:995"}
    std::map<std::string, std::vector<std::string>> listeners() const;

    std::vector<admin::Service> all() override;
    Result<admin::Service> one(const std::string& name) override;
    Result<> start(const std::string& name, const std::string& actor) override;
    Result<> stop(const std::string& name, bool now, const std::string& actor) override;
    Result<> restart(const std::string& name, bool now, const std::string& actor) override;
    Result<> reload(const std::string& name, const std::string& actor) override;
    Result<> set(const std::string& name, const std::string& property, const std::string& value,
                 const std::string& actor) override;
    Result<> reset(const std::string& name, const std::string& property, const std::string& actor) override;
    Result<> bind(const std::string& name, const std::string& address, bool tls, const std::string& actor) override;
    Result<> unbind(const std::string& name, const std::string& address, const std::string& actor) override;

    Result<> create_connector(const std::string& name, const Properties& properties, const std::string& actor) override;
    Result<> change_properties(const std::string& name, const Properties& properties, const std::string& actor) override;
    Result<> remove_connector(const std::string& name, const std::string& actor) override;

    std::vector<admin::Certificate> certificates() override;
    Result<> add_certificate(const std::string& name, const std::string& certificate_file, const std::string& key_file,
                             const std::string& actor) override;
    Result<> remove_certificate(const std::string& name, const std::string& actor) override;
    Result<> reload_certificates(const std::string& actor) override;

private:
    enum class State { stopped, running, failed };
    struct Entry {
        ServicePart part;
        SettingOverlay overlay;
        State state = State::stopped;
        std::string reason;
        Timestamp since{};
        bool removable = false;  // made by an administrator
    };

    Result<> open_connectors();
    Result<ServiceSettings::ByProperty> with(const Entry& entry, const Properties& properties) const;
    void retire(Entry& entry);
    Result<Entry*> find(const std::string& name);
    Result<> apply(Entry& entry, const ServiceSettings::ByProperty& overrides);
    Result<> show_certificate(Entry& entry, const Config& config);
    void refresh_certificates();
    Result<> change(Entry& entry, const std::string& property, const std::string& text, const std::string& actor);
    Result<> begin(Entry& entry);
    void end(Entry& entry, bool now);
    void note_state(Entry& entry, State state, std::string reason = {});
    std::vector<std::string> published(const Entry& entry) const;
    admin::Service view(const Entry& entry) const;
    static net::Task<> cut_later(ServiceAgent& agent, std::chrono::seconds grace);
    net::Task<> watch(std::uint64_t generation, std::chrono::seconds interval, std::chrono::hours before);

    const Surroundings surroundings_;
    const std::string hostname_;
    ServiceSettings settings_;
    Certificates& certificates_;
    const std::function<void()> changed_;
    mutable std::mutex mutex_;  // one change at a time
    Config config_;             // as the file has it
    std::vector<std::unique_ptr<Entry>> entries_;
    std::vector<std::unique_ptr<Entry>> retired_;
    std::function<ServicePart(const std::string&)> make_connector_;
    std::uint64_t watch_generation_ = 0;  // of the one watch that counts
};

}  // namespace restante
