#pragma once
// What the sessions of one service do and why some of them fail: the protocol log, a list of those alive, and redacted
// transcripts of the last that failed. Sessions tell it through a SessionTap.
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/protocol_observer.hpp"
#include "watch/failure.hpp"
#include "watch/protocol_log.hpp"

namespace restante::watch {

struct WatchOptions {
    ProtocolLogOptions log;
    std::size_t failed_sessions = 200;     // kept, the oldest goes; 0: none
    std::size_t transcript_bytes = 4'096;  // of one session that has not logged in; its oldest lines go
};

struct SessionFacts {
    std::int64_t id = 0;
    std::string service;
    Timestamp began{};
    std::string local, remote;  // "192.0.2.1:110"
    bool tls = false;
    std::string login;  // the name last tried, or logged in as
    bool logged_in = false;
    std::uint64_t commands = 0;
};

struct FailedSession {
    SessionFacts facts;
    Timestamp ended{};
    Cause cause = Cause::none;
    std::string detail;      // in the server's own words
    std::string transcript;  // lines: milliseconds since the beginning, event, what was said
};

class SessionWatch;

/// One session's, used on its executor only. Destroying it ends the session for the log.
class SessionTap final : public ProtocolObserver {
public:
    ~SessionTap() override;
    SessionTap(const SessionTap&) = delete;
    SessionTap& operator=(const SessionTap&) = delete;

    void received(std::string_view line) override;
    void sent(std::string_view line) override;
    void note(std::string_view data, std::string_view context = {});
    void secured(std::string_view protocol);
    /// A name was given; not a password.
    void tried(std::string_view login);
    /// What went wrong so far is forgiven.
    void logged_in(std::string_view login);
    /// Why it does not work; the last cause counts, but none replaces a more telling one by `dropped` or `timeout`.
    void failed(Cause cause, std::string_view detail);
    /// The same, unless something more telling is known already.
    void failed_generally(Cause cause) {
        if (cause_ == Cause::none) failed(cause, {});
    }
    /// It did, or ended as, the client wanted.
    void quit() { quit_ = true; }

private:
    friend class SessionWatch;
    struct Live;
    SessionTap(SessionWatch& watch, std::shared_ptr<Live> live);
    void line(char event, std::string_view data, std::string_view context);

    SessionWatch& watch_;
    const std::shared_ptr<Live> live_;
    const std::string id_;
    std::uint64_t sequence_ = 0;
    bool recording_;
    bool quit_ = false;
    Cause cause_ = Cause::none;
    std::string detail_;
    std::string transcript_;
    std::size_t cut_lines_ = 0;
};

/// Thread-safe. Outlives its taps.
class SessionWatch {
public:
    SessionWatch(std::string service, const Clock& clock, IdSource& ids, Log& log, Metrics& metrics);

    /// Takes effect for what comes from now on.
    void set(const WatchOptions& options);
    /// end: called by end(), on any thread, perhaps just after the tap has gone; it must not wait.
    std::unique_ptr<SessionTap> begin(std::string local, std::string remote, std::function<void()> end);

    const std::string& service() const { return service_; }
    std::vector<SessionFacts> live() const;     // oldest first
    std::vector<FailedSession> failed() const;  // newest first
    std::optional<FailedSession> failed(std::int64_t id) const;
    /// False: there is no such session (any more).
    bool end(std::int64_t id);
    ProtocolLog& log() { return log_; }

private:
    friend class SessionTap;
    void over(SessionTap& tap);

    const std::string service_;
    const Clock& clock_;
    IdSource& ids_;
    Counter& failures_;
    ProtocolLog log_;
    std::atomic<std::size_t> transcript_bytes_{WatchOptions().transcript_bytes};
    mutable std::mutex mutex_;
    std::size_t most_failed_ = WatchOptions().failed_sessions;
    std::map<std::int64_t, std::shared_ptr<SessionTap::Live>> live_;
    std::deque<FailedSession> failed_;  // newest first
};

}  // namespace restante::watch
