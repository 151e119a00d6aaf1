#include "admin/http_server.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/asio/post.hpp>

#include "admin/http_codec.hpp"
#include "net/watchdog.hpp"

namespace restante::admin {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::size_t kReadSize = 16 * 1024;

std::optional<unsigned> unix_peer(const net::Stream& stream) {
    ucred who{};
    socklen_t length = sizeof who;
    const bool known = stream.local().family() == net::Address::Family::unix_path &&
                       ::getsockopt(stream.descriptor(), SOL_SOCKET, SO_PEERCRED, &who, &length) == 0;
    return known ? std::optional(who.uid) : std::nullopt;
}

}  // namespace

/// One connection: requests one after the other, each read, answered on the pool and written.
class HttpConnection {
public:
    HttpConnection(HttpServer& server, net::Stream stream)
        : server_(server), stream_(std::move(stream)), watchdog_(stream_) {}

    net::Task<> run(std::shared_ptr<const net::TlsServerContext> tls);
    net::Executor executor() const { return stream_.executor(); }
    /// Ends the wait for a request. On executor().
    void dismiss() { stream_.expire(Error{ErrorKind::cancelled, "the server is stopping", Retry::later}); }

private:
    /// Also left when a cancelled task unwinds.
    struct Idle {
        Idle(HttpServer& s, HttpConnection& c) : server(s), connection(c), allowed(s.enter_idle(c)) {}
        ~Idle() { server.leave_idle(connection); }
        Idle(const Idle&) = delete;
        Idle& operator=(const Idle&) = delete;
        HttpServer& server;
        HttpConnection& connection;
        const bool allowed;
    };

    enum class After { next, close };
    net::Task<After> one_request();
    /// over: the connection ends (proper end, error, or an answer already given); body: it goes to a sink.
    enum class Read { over, complete, body };
    net::Task<Read> read_request(RequestReader& reader, Request& request);
    net::Task<After> streamed_request(RequestReader& reader, Request& request);
    net::Task<Result<Response>> pour(RequestReader& reader, BodySink& sink, bool& whole);
    void introduce(Request& request);
    net::Task<bool> fill();
    net::Task<Response> respond(Request& request);
    net::Task<bool> write(const Request& request, const Response& response, bool keep_alive);
    net::Task<> refuse(const Request& request, Response response);
    net::Task<> linger();
    void record(const Request& request, const Response& response, Steady::duration took);

    HttpServer& server_;
    net::Stream stream_;
    net::Watchdog watchdog_;
    std::string buffer_;  // received and not yet parsed
    std::size_t served_ = 0;
};

net::Task<> HttpConnection::run(std::shared_ptr<const net::TlsServerContext> tls) {
    watchdog_.extend(server_.options_.header_timeout);
    if (tls) {
        const Result<> shaken = co_await stream_.start_tls_server(std::move(tls));
        if (!shaken) co_return;
    }
    for (After after = After::next; after == After::next;) after = co_await one_request();
    co_await stream_.shutdown();
}

net::Task<bool> HttpConnection::fill() {
    const std::size_t old = buffer_.size();
    buffer_.resize(old + kReadSize);
    const Result<std::size_t> got = co_await stream_.read_some(std::span(buffer_.data() + old, kReadSize));
    buffer_.resize(old + (got ? *got : 0));
    co_return got&&* got > 0;
}

net::Task<HttpConnection::Read> HttpConnection::read_request(RequestReader& reader, Request& request) {
    for (;;) {
        const auto state = reader.feed(buffer_);
        if (!state) {
            co_await refuse(request, state.error());
            co_return Read::over;
        }
        if (*state == RequestReader::State::complete) break;
        if (*state == RequestReader::State::header) {
            request = reader.head();
            const bool streams = server_.router_.streams(request);
            if (streams) reader.stream_body();
            auto refused = server_.router_.refuse_early(request);
            if (!refused) refused = reader.refuse_large();
            if (refused) {
                co_await refuse(request, std::move(*refused));
                co_return Read::over;
            }
            watchdog_.extend(server_.options_.body_timeout);
            if (reader.expects_continue()) {
                const Result<> told = co_await stream_.write_all("HTTP/1.1 100 Continue\r\n\r\n");
                if (!told) co_return Read::over;
            }
            if (streams) co_return Read::body;
            continue;
        }
        const bool more = co_await fill();
        if (more) continue;
        if (watchdog_.expired()) {
            const Response late = problem(408, "timeout", "the request did not come in time");
            stream_.try_write(response_head(late, false) + late.body);
        }
        co_return Read::over;
    }
    request.body = reader.take_body();
    co_return Read::complete;
}

void HttpConnection::introduce(Request& request) {
    request.peer = stream_.peer();
    request.tls = stream_.is_tls();
    request.unix_user = unix_peer(stream_);
}

/// body_timeout is here for each piece: how long a large body may take is not ours to say.
net::Task<Result<Response>> HttpConnection::pour(RequestReader& reader, BodySink& sink, bool& whole) {
    for (;;) {
        const auto state = reader.feed(buffer_);
        if (!state) co_return fail(ErrorKind::invalid, "the body is not proper HTTP");
        std::string piece = reader.take_body();
        if (!piece.empty()) {
            watchdog_.pause();
            auto taken = co_await sink.take(std::move(piece));
            if (!taken) co_return fail(std::move(taken.error()));
        }
        if (*state == RequestReader::State::complete) break;
        watchdog_.extend(server_.options_.body_timeout);
        const bool more = co_await fill();
        if (!more) co_return fail(ErrorKind::invalid, "the body ended too early");
    }
    whole = true;
    watchdog_.pause();
    auto done = co_await sink.finish();
    co_return done;
}

net::Task<HttpConnection::After> HttpConnection::streamed_request(RequestReader& reader, Request& request) {
    introduce(request);
    watchdog_.pause();
    const auto began = Steady::now();
    const auto job = [this, &request] { return server_.router_.answer(request); };
    auto answered = co_await server_.pool_.run(job);
    Response response;
    bool whole = false;
    if (!answered) {
        response = problem(answered.error());
    } else if (!answered->sink) {
        response = std::move(answered->response);
    } else {
        auto outcome = co_await pour(reader, *answered->sink, whole);
        answered->sink.reset();
        response = server_.router_.finish(*answered->pending, request, std::move(outcome));
    }
    if (!whole) {
        co_await refuse(request, std::move(response));
        co_return After::close;
    }
    record(request, response, Steady::now() - began);
    const bool keep = reader.keep_alive() && !server_.stopping_ && ++served_ < server_.options_.requests_per_connection;
    const bool written = co_await write(request, response, keep);
    co_return written && keep ? After::next : After::close;
}

net::Task<Response> HttpConnection::respond(Request& request) {
    // The body is parsed and the handler runs on the pool; this coroutine, and so the request, stays meanwhile.
    auto answered = co_await server_.pool_.run([this, &request] { return server_.router_.answer(request); });
    if (!answered) co_return problem(answered.error());
    if (!answered->pending) co_return std::move(answered->response);
    const Route& route = *answered->pending;
    std::string thrown;
    try {
        auto task = route.async_handler(request);
        Result<Response> outcome = co_await std::move(task);
        co_return server_.router_.finish(route, request, std::move(outcome));
    } catch (const std::exception& e) {
        thrown = e.what();
    }
    co_return server_.router_.finish(route, request, fail(ErrorKind::internal, thrown));
}

net::Task<HttpConnection::After> HttpConnection::one_request() {
    const HttpOptions& limits = server_.options_;
    if (buffer_.empty()) {
        buffer_.shrink_to_fit();
        watchdog_.extend(served_ == 0 ? limits.header_timeout : limits.idle_timeout);
        const Idle idle(server_, *this);
        if (!idle.allowed) co_return After::close;
        const Result<> readable = co_await stream_.wait_readable();
        if (!readable) co_return After::close;
    }
    watchdog_.extend(limits.header_timeout);
    RequestReader reader(limits.header_limit, limits.body_limit);
    Request request;
    request.peer = stream_.peer();
    const Read read = co_await read_request(reader, request);
    if (read == Read::over) co_return After::close;
    if (read == Read::body) {
        const After after = co_await streamed_request(reader, request);
        co_return after;
    }
    introduce(request);
    watchdog_.pause();
    const auto began = Steady::now();
    const Response response = co_await respond(request);
    record(request, response, Steady::now() - began);
    const bool keep = reader.keep_alive() && !server_.stopping_ && ++served_ < limits.requests_per_connection;
    const bool written = co_await write(request, response, keep);
    co_return written&& keep ? After::next : After::close;
}

net::Task<bool> HttpConnection::write(const Request& request, const Response& response, bool keep_alive) {
    watchdog_.extend(server_.options_.write_timeout);
    const std::string head = response_head(response, keep_alive);
    const bool bodiless = request.method == "HEAD" || response.status == 204 || response.status == 304;
    const std::array<std::string_view, 2> pieces{head, bodiless ? std::string_view() : std::string_view(response.body)};
    const Result<> sent = co_await stream_.write_all(pieces);
    co_return sent.has_value();
}

net::Task<> HttpConnection::refuse(const Request& request, Response response) {
    record(request, response, Steady::duration::zero());
    const bool written = co_await write(request, response, false);
    if (written) co_await linger();
}

/// RFC 9112 9.6: closing with unread data resets the connection and can take the answer with it.
net::Task<> HttpConnection::linger() {
    co_await stream_.shutdown();
    watchdog_.extend(std::chrono::seconds(2));
    for (std::size_t dropped = 0; dropped < server_.options_.body_limit; dropped += kReadSize) {
        buffer_.clear();
        const bool more = co_await fill();
        if (!more) break;
    }
}

void HttpConnection::record(const Request& request, const Response& response, Steady::duration took) {
    const std::string route = request.route.empty() ? "none" : request.route;
    const std::string method = request.route.empty() ? "none" : request.method;
    const double seconds = std::chrono::duration<double>(took).count();
    const Metrics::Labels labels{{"method", method}, {"route", route}, {"status", std::to_string(response.status)}};
    server_.metrics_.counter("restante_http_requests_total", "HTTP requests answered", labels).add();
    server_.metrics_.histogram("restante_http_request_seconds", "Time from the whole request to its answer")
        .observe(seconds);
    server_.log_.info("http.request", {{"method", request.method},
                                       {"path", request.path},
                                       {"status", response.status},
                                       {"ms", seconds * 1000},
                                       {"peer", request.peer.to_string()},
                                       {"who", request.principal.name}});
}

HttpServer::HttpServer(const Router& router, net::WorkPool& pool, Log& log, Metrics& metrics, HttpOptions options)
    : router_(router), pool_(pool), log_(log), metrics_(metrics), options_(options) {}

bool HttpServer::enter_idle(HttpConnection& connection) {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return false;
    idle_.insert(&connection);
    return true;
}

void HttpServer::leave_idle(HttpConnection& connection) {
    const std::scoped_lock lock(mutex_);
    idle_.erase(&connection);
}

void HttpServer::stop() {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (HttpConnection* connection : idle_) {
        net::asio::post(connection->executor(), [this, connection] {
            // By now it may be at work, or gone; it left the set then, on this same executor.
            const std::scoped_lock inner(mutex_);
            if (idle_.contains(connection)) connection->dismiss();
        });
    }
}

net::Task<> HttpServer::serve(net::Stream stream) {
    HttpConnection connection(*this, std::move(stream));
    co_await connection.run(nullptr);
}

net::Task<> HttpServer::serve_tls(net::Stream stream, const net::LiveTlsContext& context) {
    HttpConnection connection(*this, std::move(stream));
    co_await connection.run(context.get());
}

}  // namespace restante::admin
