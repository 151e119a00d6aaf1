#include "store/deliveries.hpp"

#include <utility>

namespace restante::store {

bool Deliveries::begin(const std::string& delivery_id, Done& done, MessageId& known) {
    const std::lock_guard lock(mutex_);
    const auto [place, is_new] = pending_.try_emplace(delivery_id);
    if (is_new) return true;
    known = place->second.id;
    if (known == 0) place->second.waiting.push_back(std::move(done));
    return false;
}

void Deliveries::stored(const std::string& delivery_id, MessageId id) {
    const std::lock_guard lock(mutex_);
    pending_[delivery_id].id = id;
}

std::vector<Deliveries::Done> Deliveries::take_waiting(const std::string& delivery_id) {
    const std::lock_guard lock(mutex_);
    const auto found = pending_.find(delivery_id);
    return found == pending_.end() ? std::vector<Done>() : std::exchange(found->second.waiting, {});
}

std::vector<Deliveries::Done> Deliveries::forget(const std::string& delivery_id) {
    const std::lock_guard lock(mutex_);
    const auto found = pending_.find(delivery_id);
    if (found == pending_.end()) return {};
    auto waiting = std::move(found->second.waiting);
    pending_.erase(found);
    return waiting;
}

}  // namespace restante::store
