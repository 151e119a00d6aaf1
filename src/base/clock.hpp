#pragma once
// Wall clock as a dependency, so that tests decide what time it is.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace restante {

using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Stored form: BIGINT microseconds since 1970-01-01 UTC.
inline std::int64_t to_micros(Timestamp t) { return t.time_since_epoch().count(); }
inline Timestamp from_micros(std::int64_t us) { return Timestamp{std::chrono::microseconds{us}}; }

/// "2026-11-21T22:03:45.123456Z"
std::string to_rfc3339(Timestamp t);
/// "Sat, 21 Nov 2026 22:03:45 +0000" (RFC 5322 3.3), always UTC.
std::string to_rfc5322(Timestamp t);

class Clock {
public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
public:
    Timestamp now() const override;
};

/// Stands still until it is told to move. Thread-safe.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Timestamp start) : micros_(to_micros(start)) {}
    Timestamp now() const override { return from_micros(micros_.load()); }
    void advance(std::chrono::microseconds by) { micros_ += by.count(); }

private:
    std::atomic<std::int64_t> micros_;
};

}  // namespace restante
