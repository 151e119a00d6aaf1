#include "directory/app_password_uses.hpp"

namespace restante::directory {

bool AppPasswordUses::is_due(const AppPassword& password, Timestamp now) const {
    std::optional<Timestamp> last = password.last_used_at;
    const std::lock_guard lock(mutex_);
    const auto found = uses_.find(password.id);
    if (found != uses_.end() && found->second.written) last = found->second.written;
    return !last || now - *last >= write_every_.load();
}

void AppPasswordUses::note(const AppPassword& password, const std::string& address, Timestamp now) {
    const std::lock_guard lock(mutex_);
    Use& use = uses_[password.id];
    use.at = now;
    use.from = address;
}

void AppPasswordUses::written(std::int64_t id, Timestamp now) {
    const std::lock_guard lock(mutex_);
    uses_[id].written = now;
}

void AppPasswordUses::forget(std::int64_t id) {
    const std::lock_guard lock(mutex_);
    uses_.erase(id);
}

void AppPasswordUses::fill_in(AppPassword& password) const {
    const std::lock_guard lock(mutex_);
    const auto found = uses_.find(password.id);
    if (found == uses_.end() || found->second.at == Timestamp{}) return;
    password.last_used_at = found->second.at;
    password.last_used_from = found->second.from;
}

}  // namespace restante::directory
