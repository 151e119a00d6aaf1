#pragma once
// How much accounts and tenants may send in an hour, so that a stolen password is of little use.
#include "base/log.hpp"
#include "directory/alerts.hpp"
#include "directory/directory.hpp"
#include "mta/options.hpp"
#include "mta/rate_window.hpp"
#include "net/work_pool.hpp"

namespace restante::mta {

/// One for all connectors. Thread-safe, does not block.
class SenderLimits {
public:
    using Time = RateWindow::Time;

    /// alerts may be null; all outlives this and what waits in the pool.
    SenderLimits(net::WorkPool& work, directory::Alerts* alerts, Log& log) : work_(work), alerts_(alerts), log_(log) {}

    /// One more message; counted if it may be sent. by_pop: without a login of its own, after POP3 only.
    bool message(const directory::Login& login, bool by_pop, const Options& options, Time now);
    /// One more recipient, the same.
    bool recipient(const directory::Login& login, const Options& options, Time now);

private:
    struct Windows {
        RateWindow account{std::chrono::hours(1), 100'000};
        RateWindow tenant{std::chrono::hours(1), 100'000};
    };
    bool take(Windows& windows, const directory::Login& login, std::uint64_t account_limit, std::uint64_t tenant_limit,
              const char* what, Time now);
    void tell(const directory::Login& login, const std::string& detail, Time now);

    net::WorkPool& work_;
    directory::Alerts* const alerts_;
    Log& log_;
    Windows messages_, recipients_, by_pop_;
    RateWindow told_{std::chrono::hours(1), 100'000};
};

}  // namespace restante::mta
