#pragma once
// Counted sessions and the reports about them in the relational database (made by tables::migrations()). All functions
// run inside the caller's transaction.
#include <string>
#include <vector>

#include "db/session.hpp"
#include "relay/tls_counts.hpp"

namespace restante::relay::tls_tables {

/// Added to what is there.
Result<void> add(db::Session& session, const std::vector<TlsCount>& counts);
/// Of one day and domain: policy by policy, successes first.
Result<std::vector<TlsCount>> find(db::Session& session, ReportDay day, const std::string& domain);

struct Pending {
    ReportDay day = 0;
    std::string domain;
};
/// Domains whose day is over and not dealt with, behind `after`, oldest day first.
Result<std::vector<Pending>> pending(db::Session& session, ReportDay today, const Pending& after, std::size_t limit);

/// The report went to this URI; for an empty one: there is nothing more to do about the day and domain.
Result<void> settle(db::Session& session, const Pending& about, const std::string& uri, const std::string& state,
                    Timestamp at);
struct Settled {
    std::string uri, state;
};
Result<std::vector<Settled>> settled(db::Session& session, const Pending& about);

/// Everything of days before this one.
Result<void> forget(db::Session& session, ReportDay before);

}  // namespace restante::relay::tls_tables
