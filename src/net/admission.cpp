#include "net/admission.hpp"

namespace restante::net {

std::optional<Admission::Place> Admission::enter(std::string key) {
    const std::scoped_lock lock(mutex_);
    if (total_ >= limits_.most) return std::nullopt;
    if (!key.empty()) {
        const auto known = per_key_.find(key);
        if ((known == per_key_.end() ? 0 : known->second) >= limits_.most_per_key) return std::nullopt;
        ++per_key_[key];
    }
    std::size_t best = turn_++ % load_.size();  // equals take turns
    for (std::size_t i = 0; i < load_.size(); ++i)
        if (load_[i] < load_[best]) best = i;
    ++load_[best];
    ++total_;
    return Place(shared_from_this(), std::move(key), best);
}

void Admission::set(Limits limits) {
    const std::scoped_lock lock(mutex_);
    limits_ = limits;
}

std::size_t Admission::count() const {
    const std::scoped_lock lock(mutex_);
    return total_;
}

void Admission::leave(const std::string& key, std::size_t loop) {
    const std::scoped_lock lock(mutex_);
    --total_;
    --load_[loop];
    const auto known = per_key_.find(key);
    if (known != per_key_.end() && --known->second == 0) per_key_.erase(known);
}

}  // namespace restante::net
