#pragma once
// Whoever answers DnsQuestions.
#include "net/dns.hpp"
#include "net/task.hpp"

namespace restante::net {

/// Thread-safe; outlives the tasks that ask.
class Resolver {
public:
    virtual ~Resolver() = default;
    /// Never fails otherwise than by DnsAnswer::Status::servfail; a cancelled task gets that too, at once. Takes as
    /// long as the resolver's own time limit at most.
    virtual Task<DnsAnswer> ask(DnsQuestion question) = 0;
};

}  // namespace restante::net
