#include "popd/login_gate.hpp"

#include <algorithm>
#include <utility>

namespace restante::popd {

void LoginGate::set(const Options& options) {
    const std::scoped_lock lock(mutex_);
    per_account_ = options.max_per_account;
}

LoginGate::Slot LoginGate::enter(std::int64_t account) {
    const std::scoped_lock lock(mutex_);
    std::size_t& count = sessions_[account];
    if (count >= per_account_) return {};
    ++count;
    return Slot(*this, account);
}

LoginGate::Slot& LoginGate::Slot::operator=(Slot&& other) noexcept {
    reset();
    gate_ = std::exchange(other.gate_, nullptr);
    account_ = other.account_;
    return *this;
}

void LoginGate::Slot::reset() {
    if (gate_ == nullptr) return;
    const std::scoped_lock lock(gate_->mutex_);
    const auto found = gate_->sessions_.find(account_);
    if (--found->second == 0) gate_->sessions_.erase(found);
    gate_ = nullptr;
}

bool LoginGate::enter_after(std::int64_t account, std::chrono::seconds delay, Time now) {
    if (delay.count() == 0) return true;
    const std::scoped_lock lock(mutex_);
    if (may_enter_.size() >= next_look_) forget_old_logins(now);
    const auto [place, is_new] = may_enter_.try_emplace(account, now + delay);
    if (is_new) return true;
    if (now < place->second) return false;
    place->second = now + delay;
    return true;
}

/// Doubling the mark keeps the cost of looking through all of them small.
void LoginGate::forget_old_logins(Time now) {
    std::erase_if(may_enter_, [now](const auto& entry) { return entry.second <= now; });
    next_look_ = std::max<std::size_t>(1'024, 2 * may_enter_.size());
}

}  // namespace restante::popd
