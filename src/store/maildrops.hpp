#pragma once
// What is known of maildrops in memory: leases, the records the index does not have yet, and recently used rows.
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "store/maildrop_rows.hpp"

namespace restante::store {

/// Thread-safe.
class Maildrops {
public:
    explicit Maildrops(std::size_t cache_bytes) : cache_bytes_(cache_bytes) {}

    /// Makes durable records visible. Records come in log order.
    void publish(std::span<const std::shared_ptr<const Logged>> records);
    /// The index has these records now.
    void indexed(std::span<const std::shared_ptr<const Logged>> records);

    bool lease(MaildropId maildrop);
    /// `rows`: the lessee's snapshot, given back.
    void release(MaildropId maildrop, std::shared_ptr<const MaildropRows> rows);
    bool leased(MaildropId maildrop) const;

    /// nullptr: not in memory.
    std::shared_ptr<const MaildropRows> cached(MaildropId maildrop);
    /// Completes rows read from the index with what the index lacked then; call it before the index applies more.
    std::shared_ptr<const MaildropRows> complete(MaildropId maildrop, MaildropRows from_index, bool keep);
    /// Drops a snapshot. Snapshots must not simply be let go: a writer looks at how many there are.
    void drop(std::shared_ptr<const MaildropRows> rows);

    /// What has become of a message since the index last heard of it, according to records that are durable but not yet
    /// indexed: nullopt if it was deleted, otherwise the retirement that hides it, 0 if it shows. `now`: by the index.
    std::optional<RetirementId> fate(MaildropId maildrop, MessageId id, RetirementId now) const;
    std::size_t cached_bytes() const;

    /// What the maildrop shows, if it has been counted; from then on it is followed record by record.
    std::optional<MaildropSize> counted(MaildropId maildrop);
    /// Counts it, from rows read as for complete().
    MaildropSize count(MaildropId maildrop, MaildropRows from_index);

private:
    struct State {
        std::vector<std::shared_ptr<const Logged>> pending;
        std::shared_ptr<MaildropRows> rows;
        std::size_t bytes = 0;  // of rows, as counted in cached_
        std::list<MaildropId>::iterator use;
        bool leased = false;
    };
    void apply(State& state, const Logged& logged, MaildropId maildrop);
    void account(State& state);
    void evict();
    void erase_if_idle(MaildropId maildrop);
    void follow_size(const State& state, const Record& record, MaildropId maildrop);

    const std::size_t cache_bytes_;
    mutable std::mutex mutex_;
    std::unordered_map<MaildropId, State> states_;
    std::list<MaildropId> uses_;  // maildrops with rows, most recently used first
    std::size_t cached_ = 0;
    std::unordered_map<MaildropId, MaildropSize> sizes_;  // of those somebody asked for
};

}  // namespace restante::store
