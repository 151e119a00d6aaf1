#include "fetch/schedule.hpp"

#include <algorithm>

namespace restante::fetch {
namespace {
using std::chrono::hours;
using std::chrono::minutes;

minutes backoff(const Settings& settings, const Options& options, std::uint32_t errors) {
    const std::int64_t longest = std::max(options.max_backoff_minutes, settings.interval_minutes);
    const std::uint32_t doublings = std::min(errors > 0 ? errors - 1 : 0U, 20U);
    return minutes(std::min(std::int64_t{settings.interval_minutes} << doublings, longest));
}

void settle(Health& health) {
    health.consecutive_errors = 0;
    health.failing_since = {};
    health.last_error.clear();
}
}  // namespace

Health after_success(Health health, const Settings& settings, Timestamp now) {
    settle(health);
    health.state = State::ok;
    health.last_try = health.last_success = now;
    health.next_try = now + minutes(settings.interval_minutes);
    return health;
}

Health after_pause(Health health, const Options& options, Timestamp now, std::string reason) {
    settle(health);
    health.state = State::paused;
    health.last_try = health.last_success = now;
    health.next_try = now + minutes(options.unrelated_pause_minutes);
    health.last_error = std::move(reason);
    return health;
}

Health after_failure(Health health, const Settings& settings, const Options& options, Timestamp now,
                     std::string reason) {
    if (health.consecutive_errors == 0) health.failing_since = now;
    ++health.consecutive_errors;
    health.last_try = now;
    health.last_error = std::move(reason);
    const bool too_often = health.consecutive_errors > options.disable_after_failures;
    const bool too_long =
        options.disable_after_hours != 0 && now - health.failing_since >= hours(options.disable_after_hours);
    health.state = too_often || too_long ? State::disabled : State::failing;
    health.next_try = now + backoff(settings, options, health.consecutive_errors);
    return health;
}

Health fresh_start(Health health, Timestamp now) {
    settle(health);
    health.state = State::fresh;
    health.next_try = now;
    return health;
}

}  // namespace restante::fetch
