#pragma once
// Sections of the configuration that belong to no service: what administrators set over the file, while the server runs.
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "admin/settings.hpp"
#include "setting_overlay.hpp"

namespace restante {

class LiveSettings final : public admin::Settings {
public:
    /// Makes what the configuration says of a section hold; on an error nothing has changed.
    using Apply = std::function<Result<>(const Config&)>;

    /// log outlives it.
    LiveSettings(Config config, ServiceSettings settings, Log& log)
        : config_(std::move(config)), settings_(std::move(settings)), log_(log) {}

    /// Of the configuration's table, but for the keys that only the file can set. Before open().
    void add(const std::string& section, Apply apply, const std::set<std::string>& without = {});
    /// Reads what has been set, and makes it hold; what cannot hold any more is logged, and left out.
    Result<> open();
    /// The file has been read again: what it says holds where nothing was set over it. Faults are logged.
    void reload(const Config& config);

    std::vector<admin::SettingSection> all() override;
    Result<admin::SettingSection> one(const std::string& section) override;
    Result<> set(const std::string& section, const std::string& property, const std::string& value,
                 const std::string& actor) override;
    Result<> reset(const std::string& section, const std::string& property, const std::string& actor) override;

private:
    struct Section {
        std::string name, about;
        SettingOverlay overlay;
        Apply apply;
        std::string stored_as() const { return "[" + name + "]"; }  // no service can have such a name
    };
    Result<Section*> find(const std::string& name);
    Result<> hold(Section& section, const ServiceSettings::ByProperty& overrides);
    admin::SettingSection view(const Section& section) const;

    std::mutex mutex_;  // one change at a time
    Config config_;     // as the file has it
    ServiceSettings settings_;
    Log& log_;
    std::vector<Section> sections_;
};

}  // namespace restante
