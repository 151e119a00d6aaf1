#include "popd/login_gate.hpp"

#include <algorithm>
#include <utility>

namespace restante::popd {

void LoginGate::set(const Options& options) {
    const std::scoped_lock lock(mutex_);
    limits_ = Limits(options);
}

std::chrono::milliseconds LoginGate::failed(std::string_view address, Time now) {
    constexpr std::size_t most_addresses = 65'536, ipv6_network = 8;
    const std::scoped_lock lock(mutex_);
    if (failures_.size() >= most_addresses) forget_old(now);
    if (failures_.size() >= most_addresses) return limits_.delay_max;
    Failures& failures = failures_[std::string(address.size() == 16 ? address.substr(0, ipv6_network) : address)];
    if (now - failures.last > limits_.memory) failures.count = 0;
    failures.last = now;
    const std::uint32_t doublings = std::min<std::uint32_t>(failures.count++, 20);
    return std::min<std::chrono::milliseconds>(limits_.delay * (1LL << doublings), limits_.delay_max);
}

void LoginGate::forget_old(Time now) {
    std::erase_if(failures_, [&](const auto& entry) { return now - entry.second.last > limits_.memory; });
}

LoginGate::Slot LoginGate::enter(std::int64_t account) {
    const std::scoped_lock lock(mutex_);
    std::size_t& count = sessions_[account];
    if (count >= limits_.per_account) return {};
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
