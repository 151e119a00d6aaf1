#include "popd/session.hpp"

#include <boost/system/system_error.hpp>
#include <exception>

#include "popd/refusals.hpp"
#include "sasl/apop.hpp"

namespace restante::popd {

Counters::Counters(Metrics& metrics)
    : connections(metrics.counter("pop3_connections_total", "POP3 connections accepted")),
      tls_handshakes(metrics.counter("pop3_tls_handshakes_total", "POP3 connections that came under TLS")),
      logins(metrics.counter("pop3_logins_total", "POP3 logins", {{"result", "ok"}})),
      failed_logins(metrics.counter("pop3_logins_total", "POP3 logins", {{"result", "failed"}})),
      plaintext_logins(metrics.counter("pop3_plaintext_logins_total", "POP3 logins with a password in clear")),
      in_use(metrics.counter("pop3_in_use_total", "POP3 logins refused because the maildrop was in use")),
      too_soon(metrics.counter("pop3_too_soon_total", "POP3 logins refused with LOGIN-DELAY")),
      messages(metrics.counter("pop3_messages_retrieved_total", "Messages sent with RETR")),
      octets(metrics.counter("pop3_octets_retrieved_total", "Octets of messages sent with RETR and TOP")),
      deleted(metrics.counter("pop3_messages_deleted_total", "Messages removed on QUIT")),
      mass_deletions(metrics.counter("pop3_mass_deletions_total", "Sessions that deleted a large part of a maildrop")),
      sessions(metrics.gauge("pop3_sessions", "POP3 sessions now")) {}

Session::Session(Shared& shared, net::Stream stream, bool implicit_tls)
    : shared_(shared), stream_(std::move(stream)), watchdog_(stream_), 
      machine_(shared.options.protocol, implicit_tls,
               shared.options.apop ? sasl::make_apop_stamp(shared.options.host_name) : std::string()) {
    shared_.counters.connections.add();
    shared_.counters.sessions.add(1);
}

Session::~Session() {
    if (self_) *self_ = nullptr;
    shared_.counters.sessions.add(-1);
}

void Session::watch() {
    watch::SessionWatch* const all = shared_.surroundings.watch;
    if (all == nullptr) return;
    self_ = std::make_shared<Session*>(this);
    net::TaskGroup& group = shared_.surroundings.group;
    tap_ = all->begin(
        stream_.local().to_string(), stream_.peer().to_string(),
        [self = self_, executor = stream_.executor(), &group] { group.spawn(executor, end_later(self), "pop3.end"); });
    machine_.observe(*tap_);
}

net::Task<> Session::end_later(std::shared_ptr<Session*> session) {
    if (*session == nullptr) co_return;
    (*session)->failed(watch::Cause::ended);
    (*session)->stream_.expire({ErrorKind::cancelled, "an administrator ended the session", Retry::later});
}

net::Task<> Session::run() {
    watch();
    try {
        co_await converse();
    } catch (const boost::system::system_error&) {
        throw;  // cancelled
    } catch (const std::exception& fault) {
        shared_.surroundings.log.error("pop3.fault", {{"peer", stream_.peer().to_string()}, {"what", fault.what()}});
        failed(watch::Cause::server_fault, fault.what());
        stream_.try_write(internal_fault);
    }
    note_fault();
    if (account_ != 0) log_end();
}

void Session::log_end() const {
    shared_.surroundings.log.info("pop3.session", {{"account", account_name_},
                                                   {"peer", stream_.peer().to_string()},
                                                   {"tls", machine_.tls() ? "yes" : "no"},
                                                   {"messages", messages_},
                                                   {"octets", octets_},
                                                   {"deleted", deleted_}});
}

void Session::end_if_idle() {
    if (waiting_) stream_.expire({ErrorKind::cancelled, "the server is shutting down", Retry::later});
}

void Session::cut() {
    stream_.expire({ErrorKind::cancelled, "the service was stopped", Retry::later});
}

// GCC 12 miscompiles some coroutines that await inside a condition (`if (!co_await f())` then traps): await first.
net::Task<> Session::converse() {
    watchdog_.cap(shared_.options.login_total);
    bool more = true;
    if (machine_.tls()) more = co_await shake_hands();
    watchdog_.extend(shared_.options.login_timeout);
    while (more) {
        const pop3::Step step = machine_.next();
        more = co_await std::visit([this](const auto& s) { return perform(s); }, step);
    }
}

net::Task<bool> Session::shake_hands() {
    watchdog_.extend(shared_.options.handshake_timeout);
    const auto done = co_await stream_.start_tls_server(shared_.surroundings.tls->get());
    if (done) {
        shared_.counters.tls_handshakes.add();
        if (tap_) tap_->secured(stream_.tls_info().protocol);
        co_return true;
    }
    failed(done.error().kind == ErrorKind::timeout ? watch::Cause::timeout : watch::cause_of_tls(done.error().detail),
           done.error().detail);
    shared_.surroundings.log.debug("pop3.tls_failed",
                                   {{"peer", stream_.peer().to_string()}, {"error", done.error().detail}});
    co_return false;
}

net::Task<bool> Session::flush() {
    std::string& out = machine_.output();
    if (out.empty()) co_return true;
    watchdog_.extend(shared_.options.write_timeout);
    const auto written = co_await stream_.write_all(out);
    out.clear();
    if (!written && written.error().kind == ErrorKind::timeout) failed(watch::Cause::slow_reader);
    co_return written.has_value();
}

/// RFC 1939 3: any command moves the deadline, single octets of one do not. When it passes, the connection is closed
/// without a word and without UPDATE.
net::Task<bool> Session::perform(const pop3::NeedInput&) {
    if (!machine_.output().empty()) {
        const bool told = co_await flush();
        if (!told) co_return false;
        watchdog_.extend(account_ != 0 ? shared_.options.idle_timeout : shared_.options.login_timeout);
    }
    release_buffers();
    if (!shared_.stopping) {
        waiting_ = true;
        const auto ready = co_await stream_.wait_readable();
        waiting_ = false;
        if (!ready && ready.error().kind == ErrorKind::timeout && account_ == 0) failed(watch::Cause::timeout);
        if (!ready && !shared_.stopping) co_return false;
    }
    if (shared_.stopping) {
        maildrop_.reset();
        stream_.try_write(shutting_down);
        co_return false;
    }
    const bool more = co_await read_more();
    co_return more;
}

/// Its own coroutine, so that an idle session holds no buffer.
net::Task<bool> Session::read_more() {
    char buffer[4096];
    const auto got = co_await stream_.read_some(buffer);
    if (!got || *got == 0) co_return false;
    if (!heard_) {
        heard_ = true;
        const auto cause = watch::cause_of_first_bytes({buffer, *got});
        if (cause != watch::Cause::none) failed(cause);
    }
    machine_.feed({buffer, *got});
    co_return true;
}

void Session::release_buffers() {
    constexpr std::size_t keep = 512;
    if (machine_.output().capacity() > keep) machine_.output() = {};
    chunk_.reset();
    chunk_size_ = 0;
}

net::Task<bool> Session::perform(const pop3::Flush&) { return flush(); }

net::Task<bool> Session::perform(const pop3::StartTls&) {
    const bool told = co_await flush();
    if (!told) co_return false;
    const bool done = co_await shake_hands();
    if (!done) co_return false;
    machine_.tls_started();
    watchdog_.extend(shared_.options.login_timeout);
    co_return true;
}

net::Task<bool> Session::perform(const pop3::Close& step) {
    const bool with_patience = step.reason != pop3::CloseReason::quit;
    note_close(step.reason);
    maildrop_.reset();  // before the client hears of it: it may come again at once
    slot_.reset();
    const bool told = co_await flush();
    if (told) co_await stream_.shutdown();
    if (told && with_patience) co_await drain();
    co_return false;
}

/// A client that was told why it cannot log in usually just leaves.
void Session::note_fault() {
    if (!tap_ || account_ != 0) return;
    const std::string_view fault = machine_.last_fault();
    if (fault == pop3::says::tls_first.text) tap_->failed_generally(watch::Cause::login_needs_tls);
    if (fault == pop3::says::unknown_mechanism.text || fault == pop3::says::binding_needed.text)
        tap_->failed_generally(watch::Cause::mechanism_refused);
}

void Session::note_close(pop3::CloseReason reason) {
    if (!tap_) return;
    switch (reason) {
        case pop3::CloseReason::quit:
            return tap_->quit();
        case pop3::CloseReason::too_many_failures:
            return failed(watch::Cause::too_many_failures);
        case pop3::CloseReason::too_many_errors:
        case pop3::CloseReason::flood:
            return tap_->failed_generally(watch::Cause::too_many_errors);
    }
}

/// Closing a socket with unread input resets it, and the client might never see the last answer.
net::Task<> Session::drain() {
    constexpr std::chrono::seconds patience{2};
    constexpr int reads = 64;
    char buffer[4096];
    watchdog_.extend(patience);
    for (int i = 0; i < reads; ++i) {
        const auto got = co_await stream_.read_some(buffer);
        if (!got || *got == 0) co_return;
    }
}

}  // namespace restante::popd
