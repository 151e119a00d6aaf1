#pragma once
// The one deadline of a session.
#include <chrono>
#include <memory>

#include "net/stream.hpp"

namespace restante::net {

/// Ends a stream (Stream::expire with ErrorKind::timeout) that stays past its deadline. Moving the deadline forward
/// costs a store, not a timer: the timer, when it fires, looks again.
/// A peer that has taken 64 KiB of what was written for it since the deadline was set gets as much time again: a write
/// ends when the system has the octets, which can be megabytes ahead of a slow reader. Lives beside the stream, on its executor, and is
/// destroyed first or after a close. Starts without a deadline.
class Watchdog {
public:
    using Duration = std::chrono::steady_clock::duration;

    explicit Watchdog(Stream& stream);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// The deadline is that far from now: once per command, and per chunk of a long transfer.
    void extend(Duration time);
    /// Whatever extend says, not later than this from now on (a total cap, such as on DATA) until uncap().
    void cap(Duration time);
    void uncap();
    /// No deadline until the next extend: while the server itself works. A cap stays.
    void pause();
    bool expired() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace restante::net
