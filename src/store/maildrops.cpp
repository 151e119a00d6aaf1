#include "store/maildrops.hpp"

#include <algorithm>

namespace restante::store {
namespace {
MaildropSize size_of(const MaildropRows& rows) {
    MaildropSize size{rows.entries.size(), 0};
    for (const Entry& entry : rows.entries) size.octets += entry.size;
    return size;
}
}  // namespace

void Maildrops::publish(std::span<const std::shared_ptr<const Logged>> records) {
    const std::lock_guard lock(mutex_);
    for (const auto& logged : records) {
        for (const MaildropId maildrop : logged->record.maildrops) {
            State& state = states_[maildrop];
            state.pending.push_back(logged);
            if (state.rows) apply(state, *logged, maildrop);
            if (!sizes_.empty()) follow_size(state, logged->record, maildrop);
        }
    }
    evict();
}

void Maildrops::apply(State& state, const Logged& logged, MaildropId maildrop) {
    // A snapshot is never changed under its reader. Snapshots are taken and dropped under the lock only, so the count
    // is exact.
    if (state.rows.use_count() > 1) state.rows = std::make_shared<MaildropRows>(*state.rows);
    state.rows->apply(logged, maildrop);
    account(state);
}

void Maildrops::account(State& state) {
    cached_ -= state.bytes;
    state.bytes = state.rows ? state.rows->memory() : 0;
    cached_ += state.bytes;
}

void Maildrops::indexed(std::span<const std::shared_ptr<const Logged>> records) {
    if (records.empty()) return;
    const std::uint64_t last = records.back()->sequence;
    const std::lock_guard lock(mutex_);
    for (const auto& logged : records) {
        for (const MaildropId maildrop : logged->record.maildrops) {
            const auto found = states_.find(maildrop);
            if (found == states_.end()) continue;
            auto& pending = found->second.pending;
            if (pending.empty() || pending.front()->sequence > last) continue;
            const auto newer =
                std::find_if(pending.begin(), pending.end(), [last](const auto& p) { return p->sequence > last; });
            pending.erase(pending.begin(), newer);
            erase_if_idle(maildrop);
        }
    }
}

void Maildrops::erase_if_idle(MaildropId maildrop) {
    const auto found = states_.find(maildrop);
    if (found == states_.end()) return;
    const State& state = found->second;
    if (state.pending.empty() && !state.rows && !state.leased) states_.erase(found);
}

bool Maildrops::lease(MaildropId maildrop) {
    const std::lock_guard lock(mutex_);
    State& state = states_[maildrop];
    if (state.leased) return false;
    state.leased = true;
    return true;
}

void Maildrops::release(MaildropId maildrop, std::shared_ptr<const MaildropRows> rows) {
    const std::lock_guard lock(mutex_);
    rows.reset();
    states_[maildrop].leased = false;
    erase_if_idle(maildrop);
}

bool Maildrops::leased(MaildropId maildrop) const {
    const std::lock_guard lock(mutex_);
    const auto found = states_.find(maildrop);
    return found != states_.end() && found->second.leased;
}

std::shared_ptr<const MaildropRows> Maildrops::cached(MaildropId maildrop) {
    const std::lock_guard lock(mutex_);
    const auto found = states_.find(maildrop);
    if (found == states_.end() || !found->second.rows) return nullptr;
    uses_.splice(uses_.begin(), uses_, found->second.use);
    return found->second.rows;
}

std::shared_ptr<const MaildropRows> Maildrops::complete(MaildropId maildrop, MaildropRows from_index, bool keep) {
    auto rows = std::make_shared<MaildropRows>(std::move(from_index));
    const std::lock_guard lock(mutex_);
    const auto found = states_.find(maildrop);
    if (found != states_.end()) {
        if (found->second.rows) return found->second.rows;  // someone else was faster
        for (const auto& logged : found->second.pending) rows->apply(*logged, maildrop);
    }
    if (!keep) return rows;
    State& state = states_[maildrop];
    state.rows = rows;
    uses_.push_front(maildrop);
    state.use = uses_.begin();
    account(state);
    evict();
    return rows;
}

void Maildrops::drop(std::shared_ptr<const MaildropRows> rows) {
    const std::lock_guard lock(mutex_);
    rows.reset();
}

void Maildrops::evict() {
    while (cached_ > cache_bytes_ && !uses_.empty()) {
        const MaildropId maildrop = uses_.back();
        uses_.pop_back();
        State& state = states_.at(maildrop);
        state.rows.reset();
        account(state);
        erase_if_idle(maildrop);
    }
}

std::optional<RetirementId> Maildrops::fate(MaildropId maildrop, MessageId id, RetirementId now) const {
    const std::lock_guard lock(mutex_);
    const auto found = states_.find(maildrop);
    if (found == states_.end()) return now;
    for (const auto& logged : found->second.pending) {
        const Record& record = logged->record;
        if (record.has_message()) continue;
        if (record.kind == RecordKind::clearing) {
            if (id <= record.id) return std::nullopt;
            continue;
        }
        if (std::find(record.ids.begin(), record.ids.end(), id) == record.ids.end()) continue;
        if (record.kind == RecordKind::removal) return std::nullopt;
        if (record.kind == RecordKind::retirement) now = record.id;
        if (record.kind == RecordKind::restoration && now == record.id) now = 0;
    }
    return now;
}

void Maildrops::follow_size(const State& state, const Record& record, MaildropId maildrop) {
    const auto found = sizes_.find(maildrop);
    if (found == sizes_.end() || record.kind == RecordKind::move) return;
    if (record.kind == RecordKind::delivery) {
        ++found->second.messages;
        found->second.octets += record.size;
    } else if (state.rows) {
        found->second = size_of(*state.rows);
    } else {
        sizes_.erase(found);  // what went is not known here: counted again when somebody asks
    }
}

std::optional<MaildropSize> Maildrops::counted(MaildropId maildrop) {
    const std::lock_guard lock(mutex_);
    const auto found = sizes_.find(maildrop);
    if (found != sizes_.end()) return found->second;
    const auto state = states_.find(maildrop);
    if (state == states_.end() || !state->second.rows) return std::nullopt;
    return sizes_[maildrop] = size_of(*state->second.rows);
}

MaildropSize Maildrops::count(MaildropId maildrop, MaildropRows from_index) {
    const std::lock_guard lock(mutex_);
    const auto found = states_.find(maildrop);
    if (found != states_.end())
        for (const auto& logged : found->second.pending) from_index.apply(*logged, maildrop);
    return sizes_[maildrop] = size_of(from_index);
}

std::size_t Maildrops::cached_bytes() const {
    const std::lock_guard lock(mutex_);
    return cached_;
}

}  // namespace restante::store
