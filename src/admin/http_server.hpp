#pragma once
// HTTP/1.1 (RFC 9112) over net::Stream, in front of a Router.
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>

#include "admin/options.hpp"
#include "admin/router.hpp"
#include "base/metrics.hpp"
#include "net/stream.hpp"
#include "net/tls_context.hpp"
#include "net/work_pool.hpp"

namespace restante::admin {

class HttpConnection;

/// One per process; serve() is a net::Listener::Session for as many listeners as there are (TCP, TLS, unix socket).
class HttpServer {
public:
    HttpServer(const Router& router, net::WorkPool& pool, Log& log, Metrics& metrics, HttpOptions options = {});
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Serves one connection to its end.
    net::Task<> serve(net::Stream stream);
    /// The same after a TLS handshake with the context now in force.
    net::Task<> serve_tls(net::Stream stream, const net::LiveTlsContext& context);
    /// From now on connections are closed: idle ones at once, others after the request under way. Any thread; the
    /// loops still run.
    void stop();

private:
    friend class HttpConnection;
    /// False if the server stops.
    bool enter_idle(HttpConnection& connection);
    void leave_idle(HttpConnection& connection);

    const Router& router_;
    net::WorkPool& pool_;
    Log& log_;
    Metrics& metrics_;
    const HttpOptions options_;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::set<HttpConnection*> idle_;  // waiting for a request; each is touched on its own executor only
};

}  // namespace restante::admin
