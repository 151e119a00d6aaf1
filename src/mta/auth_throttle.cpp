#include "mta/auth_throttle.hpp"

#include <algorithm>

namespace restante::mta {

void AuthThrottle::set(Limits limits) {
    const std::scoped_lock lock(mutex_);
    limits_ = limits;
}

AuthThrottle::Delay AuthThrottle::failed(std::string_view address, Time now) {
    const std::scoped_lock lock(mutex_);
    const std::string key(address);
    if (!records_.contains(key)) make_room(now);
    Record& record = records_[key];
    if (record.failures > 0 && now - record.last > limits_.memory) record.failures = 0;
    record.last = now;
    const unsigned doublings = std::min(record.failures++, 20U);
    return std::min(limits_.most, limits_.first * (1U << doublings));
}

void AuthThrottle::succeeded(std::string_view address) {
    const std::scoped_lock lock(mutex_);
    records_.erase(std::string(address));
}

void AuthThrottle::make_room(Time now) {
    if (records_.size() < limits_.addresses) return;
    std::erase_if(records_, [&](const auto& entry) { return now - entry.second.last > limits_.memory; });
    while (records_.size() >= limits_.addresses && !records_.empty())
        records_.erase(std::min_element(records_.begin(), records_.end(),
                                        [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
}

}  // namespace restante::mta
