#include "mta/session.hpp"

#include <sys/socket.h>

#include "base/text.hpp"
#include "mta/replies.hpp"
#include "mta/trace.hpp"
#include "net/await_callback.hpp"

namespace restante::mta {

using namespace std::chrono_literals;

Session::Session(std::shared_ptr<Service::Shared> shared, net::Stream stream, bool implicit_tls)
    : shared_(std::move(shared)),
      stream_(std::move(stream)),
      watchdog_(stream_),
      machine_(shared_->options.protocol, implicit_tls),
      implicit_tls_(implicit_tls) {}

net::Task<> Session::run() {
    shared_->counts.connections.add();
    shared_->counts.open.add(1);
    watch_session();
    try {
        co_await converse();
    } catch (const std::exception& e) {
        shared_->counts.open.add(-1);
        if (shared_->parts.group.cancelled()) throw;
        shared_->parts.log.error("smtp.session_failed", {{"peer", stream_.peer().to_string()}, {"reason", e.what()}});
        failed(watch::Cause::server_fault, e.what());
        stream_.try_write(replies::broken(protocol().host_name));
        co_return;
    }
    shared_->counts.open.add(-1);
}

net::Task<> Session::converse() {
    watchdog_.extend(shared_->options.command_timeout);
    vouch_after_pop();
    if (implicit_tls_ && !co_await start_tls()) co_return;
    if (early_talker() && !co_await read()) co_return;
    for (;;) {
        smtp::Step step = machine_.next();
        if (std::holds_alternative<smtp::NeedInput>(step)) {
            if (!co_await read()) co_return;
        } else if (const auto* send = std::get_if<smtp::Send>(&step)) {
            say(send->bytes);
            if (!co_await stream_.write_all(send->bytes)) co_return;
        } else if (const auto* chunk = std::get_if<smtp::DataChunk>(&step)) {
            co_await store_chunk(chunk->bytes);
        } else if (std::holds_alternative<smtp::Deliver>(step)) {
            co_await deliver();
        } else if (std::holds_alternative<smtp::StartTls>(step)) {
            if (!co_await start_tls()) co_return;
            machine_.tls_started();
        } else if (const auto* login = std::get_if<smtp::SaslStart>(&step)) {
            co_await begin_login(*login);
        } else if (auto* response = std::get_if<smtp::SaslResponse>(&step)) {
            co_await go_on_login(std::move(response->bytes));
        } else if (const auto* close = std::get_if<smtp::Close>(&step)) {
            reason_ = close->reason;
            break;
        } else if (const auto* sender = std::get_if<smtp::CheckSender>(&step)) {
            answer(*sender);
        } else if (const auto* recipient = std::get_if<smtp::CheckRecipient>(&step)) {
            co_await answer(*recipient);
        } else if (std::holds_alternative<smtp::BeginData>(step)) {
            begin_data();
        } else {  // DiscardData
            end_data();
            shared_->counts.rejected_messages.add();
        }
    }
    note_close();
    log_close();
    if (reason_ != smtp::Close::Reason::shutdown) {
        co_await stream_.shutdown();
        if (reason_ != smtp::Close::Reason::quit) co_await linger();
    }
}

/// More input, within the deadlines. False when the session is over.
net::Task<bool> Session::read() {
    watch();
    const auto limit = shared_->options.session_time;
    if (limit.count() > 0 && std::chrono::steady_clock::now() - began_ > limit)
        machine_.shut_down(replies::lasted_too_long(protocol().host_name));
    reading_ = true;
    const std::span<char> space = machine_.input_space();
    const auto got = co_await stream_.read_some(space);
    reading_ = false;
    if (got && *got > 0) {
        hear({space.data(), *got});
        machine_.received(*got);
        co_return true;
    }
    if (got) co_return false;  // the peer has gone; what was not complete is not delivered
    if (shared_->stopping()) {
        machine_.shut_down();
        const smtp::Step step = machine_.in_data() ? smtp::Step(smtp::NeedInput{}) : machine_.next();
        if (const auto* send = std::get_if<smtp::Send>(&step)) stream_.try_write(send->bytes);
    } else if (got.error().kind == ErrorKind::timeout) {
        stream_.try_write(replies::timed_out(protocol().host_name));
        if (tap_) tap_->failed(watch::Cause::timeout, {});
        shared_->parts.log.info("smtp.timeout", {{"peer", stream_.peer().to_string()}});
    }
    co_return false;
}

/// Only whole commands and the flow of a message's text move the deadline, dripping octets do not.
void Session::watch() {
    if (machine_.lines() == watched_lines_ && !machine_.in_data()) return;
    watched_lines_ = machine_.lines();
    watchdog_.extend(shared_->options.command_timeout);
}

bool Session::early_talker() const {
    char octet;
    return shared_->options.refuse_early_talkers && !implicit_tls_ &&
           ::recv(stream_.descriptor(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

net::Task<bool> Session::start_tls() {
    if (machine_.session().injected_in_clear)
        shared_->parts.log.warn("smtp.starttls_injection", {{"peer", stream_.peer().to_string()}});
    watchdog_.extend(shared_->options.handshake_timeout);
    const auto done = co_await stream_.start_tls_server(shared_->parts.tls->get());
    if (!done) {
        failed(
            done.error().kind == ErrorKind::timeout ? watch::Cause::timeout : watch::cause_of_tls(done.error().detail),
            done.error().detail);
        shared_->parts.log.info("smtp.tls_failed",
                                {{"peer", stream_.peer().to_string()}, {"reason", done.error().detail}});
        co_return false;
    }
    const net::TlsInfo info = stream_.tls_info();
    tls_ = info.protocol + " " + info.cipher;
    if (tap_) tap_->secured(info.protocol);
    login_.reset();
    watchdog_.extend(shared_->options.command_timeout);
    co_return true;
}

/// A refusal sent to a client that is still sending would be lost with a reset: read on for a moment.
net::Task<> Session::linger() {
    watchdog_.extend(2s);
    char rest[2048];
    for (std::size_t most = 256 * 1024; most > sizeof rest; most -= sizeof rest) {
        const auto got = co_await stream_.read_some(rest);
        if (!got || *got == 0) co_return;
    }
}

void Session::stop() {
    machine_.shut_down();
    // An idle client would notice only at its next command; expire() ends the wait, and read() says 421.
    if (reading_ && machine_.idle()) stream_.expire(Error{ErrorKind::cancelled, "shutting down", Retry::later});
}

void Session::cut() { stream_.expire(Error{ErrorKind::cancelled, "the service was stopped", Retry::later}); }

void Session::log_close() {
    static constexpr const char* names[] = {"quit", "errors", "authentication", "protocol", "shutdown", "refused"};
    const auto level = reason_ == smtp::Close::Reason::quit || reason_ == smtp::Close::Reason::shutdown
                           ? LogLevel::debug
                           : LogLevel::info;
    Log& log = shared_->parts.log;
    if (log.enabled(level))
        log.write(level, "smtp.closed",
                  {{"peer", stream_.peer().to_string()}, {"reason", names[static_cast<int>(reason_)]}});
}

}  // namespace restante::mta
