#pragma once
// Writes down what was counted of sessions' TLS, and once a day tells the domains that ask for it (RFC 8460).
#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "net/io_pool.hpp"
#include "net/resolver.hpp"
#include "net/task_group.hpp"
#include "net/work_pool.hpp"
#include "relay/queue.hpp"
#include "relay/tls_record.hpp"
#include "relay/tls_report.hpp"
#include "relay/tls_tables.hpp"
#include "store/outbox.hpp"

namespace restante::relay {

/// Thread-safe. Its settings are the queue's. The parts outlive the group's tasks, and so must the reporter.
class TlsReporter {
public:
    struct Parts {
        net::IoPool& io;
        net::WorkPool& work;
        net::TaskGroup& group;
        db::Database& database;
        Queue& queue;
        store::Outbox& outbox;
        net::Resolver& resolver;
        TlsCounts& counts;
        const Clock& clock;
        Log& log;
        Metrics& metrics;
        /// DKIM-Signature fields for a whole message of that domain; empty: it has no key. On the work pool.
        std::function<std::string(const std::string& message, const std::string& domain, Timestamp now)> sign;
    };
    explicit TlsReporter(const Parts& parts);
    /// Writes down what is still in memory. Blocking.
    ~TlsReporter();
    TlsReporter(const TlsReporter&) = delete;
    TlsReporter& operator=(const TlsReporter&) = delete;

    void start();
    /// The loop ends after the report it is at.
    void stop() { running_ = false; }

    struct Preview {
        TlsReport report;                          // what would be sent as things stand
        std::vector<tls_tables::Settled> settled;  // where it went already
    };
    /// Blocking. `domain` in A-labels. not_found: no session of that day was counted.
    Result<Preview> preview(const std::string& domain, ReportDay day);

private:
    using Pending = tls_tables::Pending;
    net::Task<> loop(std::uint64_t generation);
    net::Task<> turn();
    net::Task<Result<void>> flush();
    net::Task<bool> send_due();
    net::Task<bool> deal_with(Pending about);
    net::Task<bool> send_to(ReportTarget target, TlsReport report, Pending about);
    net::Task<bool> post(ReportTarget target, std::string compressed, Pending about);
    Result<bool> enqueue(const ReportTarget& target, const TlsReport& report, const std::string& compressed,
                         const Pending& about);
    net::Task<bool> settle(Pending about, std::string uri, std::string state);
    Result<TlsReport> load(const Pending& about) const;
    bool is_late(const Pending& about) const;
    bool goes_on() const { return running_ && !parts_.group.cancelled(); }

    const Parts parts_;
    const double luck_;  // [0, 1): how much of the longest wait after midnight
    std::atomic<bool> running_{false};
    std::atomic<std::uint64_t> generation_{0};
    Timestamp next_flush_{}, next_send_{};  // the loop's own
    Counter& sent_;
    Counter& failed_;
};

/// "postmaster@<host_name>" unless something else is set.
std::string report_sender(const Options& options);

}  // namespace restante::relay
