#pragma once
// One probe: connect, secure, log in, send a test mail, find it, delete it; the time each step took.
#include "net/task.hpp"
#include "net/work_pool.hpp"
#include "probe/types.hpp"

namespace restante::probe {

/// On the caller's executor. Never an error: what went wrong is in the report. hostname: of this machine, for EHLO.
/// The test mail is deleted again; where that fails, the report says so.
net::Task<Report> run_probe(net::WorkPool& pool, const Clock& clock, Target target, Options options, std::string hostname);

}  // namespace restante::probe
