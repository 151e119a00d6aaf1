#pragma once
// The services of this server as an administrator sees and changes them. The root implements it.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace restante::admin {

/// Where a value comes from that the configuration file gives and an administrator may have set.
struct ServiceProperty {
    std::string name;     // "idle_timeout"
    std::string value;    // in force, written as in the file, without quotes; lists with blanks between
    std::string in_file;  // what a reset goes back to
    std::string allowed;  // "duration 1s to 1d"
    std::string about;
    bool set = false;  // by an administrator:
    Timestamp set_at{};
    std::string set_by;
};

struct ServiceBinding {
    std::string address;  // as it was asked for: "*:110"
    bool tls = false;     // from the first octet
    std::vector<std::string> bound;
};

struct Service {
    std::string name;  // "pop3"
    std::string about;
    std::string state;   // running, stopped, failed
    std::string reason;  // of failed
    std::string start;   // automatic, manual, disabled
    bool connector = false;  // takes SMTP
    bool removable = false;  // made by an administrator
    Timestamp since{};   // of the state
    std::uint64_t connections = 0;
    std::vector<ServiceBinding> bindings;
    std::vector<std::string> published;  // "mail.example.org:995:SSL", for users
    std::vector<ServiceProperty> properties;
};

struct Certificate {
    std::string name;
    std::string certificate_file, key_file;
    bool set = false;  // by an administrator; otherwise of the configuration file
    std::string problem;                 // why its files cannot be used now, or empty; what was loaded stays in use
    std::vector<std::string> host_names;
    std::string fingerprint;  // SHA-256
    std::optional<Timestamp> expires_at;
    std::vector<std::string> used_by;  // services that show it to clients that name no host
};

/// Thread-safe; every call may block. A change is audited under `actor`, stored, and in force when the call returns; on
/// an error nothing has changed. Errors: not_found (service, property, binding, certificate), invalid (value),
/// already_exists or denied (address), busy (state).
class Services {
public:
    virtual ~Services() = default;

    virtual std::vector<Service> all() = 0;
    virtual Result<Service> one(const std::string& name) = 0;
    /// busy for a disabled service.
    virtual Result<> start(const std::string& name, const std::string& actor) = 0;
    /// Sessions end after their command, within the grace of the configuration; `now`: at once.
    virtual Result<> stop(const std::string& name, bool now, const std::string& actor) = 0;
    virtual Result<> restart(const std::string& name, bool now, const std::string& actor) = 0;
    /// Certificates from their files, and bindings that failed once more.
    virtual Result<> reload(const std::string& name, const std::string& actor) = 0;
    virtual Result<> set(const std::string& name, const std::string& property, const std::string& value,
                         const std::string& actor) = 0;
    virtual Result<> reset(const std::string& name, const std::string& property, const std::string& actor) = 0;
    virtual Result<> bind(const std::string& name, const std::string& address, bool tls, const std::string& actor) = 0;
    virtual Result<> unbind(const std::string& name, const std::string& address, const std::string& actor) = 0;

    /// Receive connectors. Values as in set().
    using Properties = std::map<std::string, std::string>;
    virtual Result<> create_connector(const std::string& name, const Properties& properties, const std::string& actor) = 0;
    /// Of any service several at once, for those that only go together.
    virtual Result<> change_properties(const std::string& name, const Properties& properties,
                                       const std::string& actor) = 0;
    /// denied for one that is built in.
    virtual Result<> remove_connector(const std::string& name, const std::string& actor) = 0;

    virtual std::vector<Certificate> certificates() = 0;
    virtual Result<> add_certificate(const std::string& name, const std::string& certificate_file,
                                     const std::string& key_file, const std::string& actor) = 0;
    /// busy while a service names it.
    virtual Result<> remove_certificate(const std::string& name, const std::string& actor) = 0;
    /// All of them from their files. The first error, after all have been tried.
    virtual Result<> reload_certificates(const std::string& actor) = 0;
};

}  // namespace restante::admin
