#include "directory/pop_logins.hpp"

#include <algorithm>

namespace restante::directory {

void PopLogins::logged_in(const Login& login, std::string_view address, bool tls, Time now) {
    if (login.kind != Login::Kind::account) return;
    const std::scoped_lock lock(mutex_);
    std::vector<Seen>& here = by_address_[std::string(address)];
    const auto same = [&](const Seen& seen) { return seen.login.id == login.id && seen.tls == tls; };
    if (const auto known = std::ranges::find_if(here, same); known != here.end()) {
        *known = {login, tls, now};
        return;
    }
    here.push_back({login, tls, now});
    if (++count_ > most_) make_room();
}

std::vector<Login> PopLogins::since(std::string_view address, Time then, bool only_tls) const {
    const std::scoped_lock lock(mutex_);
    std::vector<Login> out;
    const auto here = by_address_.find(std::string(address));
    if (here == by_address_.end()) return out;
    for (const Seen& seen : here->second) {
        const bool listed = std::ranges::any_of(out, [&](const Login& login) { return login.id == seen.login.id; });
        if (seen.at >= then && (seen.tls || !only_tls) && !listed) out.push_back(seen.login);
    }
    return out;
}

/// Seldom, so it may look at all: the older half goes.
void PopLogins::make_room() {
    std::vector<Time> times;
    times.reserve(count_);
    for (const auto& [address, here] : by_address_)
        for (const Seen& seen : here) times.push_back(seen.at);
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::ranges::nth_element(times, middle);
    for (auto& [address, here] : by_address_)
        count_ -= std::erase_if(here, [&](const Seen& seen) { return seen.at < *middle; });
    std::erase_if(by_address_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace restante::directory
