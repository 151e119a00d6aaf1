#pragma once
// 64-bit, positive, time-ordered ids: microseconds since 2020-01-01 UTC in the upper bits, the node in the low 8.
#include <atomic>
#include <cstdint>

#include "base/clock.hpp"

namespace restante {

/// Thread-safe. Ids of one source strictly increase, even when the clock goes back. Across restarts the owner calls
/// advance_past() with the highest id ever handed out, or ids (and so UIDLs) could repeat after the clock was set back.
class IdSource {
public:
    explicit IdSource(const Clock& clock, std::uint8_t node = 0) : clock_(clock), node_(node) {}
    std::int64_t next();
    void advance_past(std::int64_t id);

private:
    const Clock& clock_;
    const std::uint8_t node_;
    std::atomic<std::int64_t> last_{0};
};

/// When an id was made, to the microsecond.
Timestamp time_of_id(std::int64_t id);

}  // namespace restante
