#pragma once
// A mailbox on another POP3 server as a source to be moved: read whole, in the server's order, nothing deleted.
#include <memory>

#include "fetch/types.hpp"
#include "moving/source.hpp"
#include "net/io_pool.hpp"
#include "net/work_pool.hpp"

namespace restante::fetch {

/// Where and how; its password is in the settings. Connections into the own network are allowed: a person chose it.
/// Logs in with list(). DELE is never sent. Pool and loops outlive the source; not to be used on a loop thread.
std::unique_ptr<moving::Source> make_pop3_source(net::IoPool& io, net::WorkPool& pool, const Settings& settings);

}  // namespace restante::fetch
