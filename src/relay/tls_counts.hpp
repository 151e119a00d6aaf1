#pragma once
// Sessions counted in memory, until they are written down together.
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "relay/tls_session.hpp"

namespace restante::relay {

/// Days since 1970-01-01, UTC: what one report is about (RFC 8460 4.1).
using ReportDay = std::int64_t;
ReportDay day_of(Timestamp at);
Timestamp start_of(ReportDay day);
/// "2026-11-28", and back.
std::string to_text(ReportDay day);
std::optional<ReportDay> parse_report_day(std::string_view text);

struct TlsCount {
    ReportDay day = 0;
    TlsSession session;
    std::int64_t sessions = 0;
};

/// Adds up; successes first.
void merge(std::vector<TlsCount>& into, const std::vector<TlsCount>& more);

/// Thread-safe. Of successes the addresses are forgotten: no report names them.
class TlsCounts {
public:
    void add(TlsSession session, Timestamp at);
    /// What has come together since the last call.
    std::vector<TlsCount> take();
    /// What take() would give of one report.
    std::vector<TlsCount> of(const std::string& domain, ReportDay day) const;
    /// What could not be written goes back.
    void put_back(const std::vector<TlsCount>& counts);

private:
    void add_locked(TlsCount count);

    mutable std::mutex mutex_;
    std::map<std::string, TlsCount> counts_;  // by everything but the number
};

}  // namespace restante::relay
