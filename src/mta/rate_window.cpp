#include "mta/rate_window.hpp"

#include <algorithm>

namespace restante::mta {

bool RateWindow::take(std::string_view key, std::uint64_t amount, std::uint64_t limit, Time now) {
    if (limit == 0) return true;
    const std::scoped_lock lock(mutex_);
    if (counts_.size() >= keys_) make_room(now);
    Count& count = counts_.try_emplace(std::string(key), Count{now}).first->second;
    if (const auto periods = (now - count.began) / period_; periods > 0) {
        count.before = periods == 1 ? count.now : 0;
        count.now = 0;
        count.began += periods * period_;
    }
    const double left = 1.0 - std::chrono::duration<double>(now - count.began) / period_;
    const double used = static_cast<double>(count.now) + static_cast<double>(count.before) * left;
    if (used + static_cast<double>(amount) > static_cast<double>(limit)) return false;
    count.now += amount;
    return true;
}

void RateWindow::make_room(Time now) {
    std::erase_if(counts_, [&](const auto& known) { return now - known.second.began >= 2 * period_; });
    if (counts_.size() < keys_) return;
    const auto oldest = std::ranges::min_element(counts_, {}, [](const auto& known) { return known.second.began; });
    counts_.erase(oldest);
}

}  // namespace restante::mta
