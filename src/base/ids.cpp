#include "base/ids.hpp"

#include <algorithm>

namespace restante {
namespace {
constexpr std::int64_t kEpochMicros = 1577836800LL * 1'000'000;  // 2020-01-01T00:00:00Z
constexpr int kNodeBits = 8;
}  // namespace

std::int64_t IdSource::next() {
    const std::int64_t micros = std::max<std::int64_t>(to_micros(clock_.now()) - kEpochMicros, 1);
    std::int64_t last = last_.load();
    std::int64_t id = 0;
    do {
        const std::int64_t tick = std::max(micros, (last >> kNodeBits) + 1);
        id = (tick << kNodeBits) | node_;
    } while (!last_.compare_exchange_weak(last, id));
    return id;
}

void IdSource::advance_past(std::int64_t id) {
    std::int64_t last = last_.load();
    while (last < id && !last_.compare_exchange_weak(last, id)) {
    }
}

Timestamp time_of_id(std::int64_t id) { return from_micros((id >> kNodeBits) + kEpochMicros); }

}  // namespace restante
