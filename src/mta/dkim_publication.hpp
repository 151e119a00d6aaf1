#pragma once
// Notices when the zone of a domain shows a new DKIM key, and signs with it from then on.
#include <chrono>
#include <functional>

#include "base/log.hpp"
#include "mailauth/dkim_keys.hpp"
#include "net/resolver.hpp"
#include "net/work_pool.hpp"

namespace restante::mta {

struct DkimPublication {
    net::Resolver& resolver;
    mailauth::DkimKeys& keys;
    net::WorkPool& work;
    Log& log;
};

/// Asks for the record of every pending key once; those that are shown are activated. Gives their number.
net::Task<std::size_t> activate_published(DkimPublication parts);

/// The same again and again, until the task is cancelled or goes_on() says no.
net::Task<> watch_publication(DkimPublication parts, std::chrono::seconds interval, std::function<bool()> goes_on);

}  // namespace restante::mta
