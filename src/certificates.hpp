#pragma once
// The certificates of the server: which there are, their files, and what TLS each service shows with them.
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "net/tls_context.hpp"

namespace restante {

/// Thread-safe; what reads files blocks.
class Certificates {
public:
    struct Files {
        std::string name;
        std::string certificate, key;
        bool set = false;  // by an administrator; otherwise of the configuration file
    };
    /// What is known of one.
    struct Known {
        Files files;
        std::string problem;  // why the files cannot be used now; empty if they can
        std::shared_ptr<const net::TlsServerContext> loaded;  // the last that could be used; null if none ever
    };

    Certificates(Log& log, const Clock& clock, net::TlsVersion least) : log_(log), clock_(clock), least_(least) {}

    /// Loads and adds one, or replaces the one of the same name. On an error nothing changes, unless `even_if_faulty`:
    /// then it is kept with its problem, for files that may come.
    Result<> put(const Files& files, bool even_if_faulty = false);
    void remove(const std::string& name);
    std::vector<Known> all() const;

    /// The name of the certificate meant: by its name, or by a host name it is for; empty: "default". not_found.
    Result<std::string> find(const std::string& wanted) const;
    /// What a service shows: this certificate, or another one to clients that ask for a host of that (SNI).
    Result<std::shared_ptr<const net::TlsServerContext>> context(const std::string& wanted) const;

    /// Loads again what has changed on disk (or all), keeps what was loaded where the new files cannot be used, and
    /// logs it. True if anything is new.
    bool look(bool all = false);
    /// The oldest version that contexts made from now on speak.
    void set_least(net::TlsVersion least);
    /// Logs those that expire within that time, each once a day.
    void warn(std::chrono::hours before);

private:
    /// Tells one version of a file from the next.
    struct Stamp {
        std::filesystem::file_time_type written{};
        std::uintmax_t size = 0;
        bool operator==(const Stamp&) const = default;
    };
    struct Entry {
        Known known;
        std::string chain_pem, key_pem;
        Stamp chain_stamp, key_stamp;
        std::optional<Timestamp> warned;
    };
    static Stamp stamp_of(const std::string& file);
    Result<> load(Entry& entry) const;
    const Entry* entry_for(const std::string& wanted) const;

    Log& log_;
    const Clock& clock_;
    mutable std::mutex mutex_;
    net::TlsVersion least_;
    std::vector<Entry> entries_;  // "default" first
};

}  // namespace restante
