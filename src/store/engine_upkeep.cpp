// What the store does when nobody asks: on the index's thread, between transactions.
#include <algorithm>

#include "store/engine.hpp"

namespace restante::store {
namespace {
constexpr int kDeliveriesPerLook = 1'000;
constexpr std::chrono::hours kBetweenPurges{12};
constexpr std::chrono::milliseconds kAfterFailure{5'000};
}  // namespace

std::optional<std::chrono::milliseconds> Engine::upkeep(Index& index) {
    measure(index);
    fold_index_log(index);
    forget_old_deliveries(index);
    if (purge_hidden(index)) return std::chrono::milliseconds(0);
    // Time passes also when nothing is indexed.
    const std::chrono::milliseconds until_purge = std::max(options_.purge_interval, std::chrono::seconds(1));
    if (pins_ > 0) return until_purge;
    remove_dead_files(index);
    auto rest = compactor_->step(index, indexer_->backlog() == 0);
    if (!rest) return kAfterFailure;
    return std::min(rest->value_or(until_purge), until_purge);
}

void Engine::remove_dead_files(Index& index) {
    for (const std::uint64_t number : index.take_dead_big_files()) {
        if (auto done = files_->remove_big(number); !done) {
            log_.warn("store.remove_failed", {{"error", std::string_view(done.error().detail)}});
        }
    }
}

void Engine::measure(Index& index) {
    auto uses = index.segments();
    if (!uses) return;
    std::uint64_t live = 0;
    std::uint64_t dead = 0;
    for (const SegmentUse& use : *uses) {
        live += use.bytes - use.dead - use.removals;
        dead += use.dead + use.removals;
    }
    segments_ = uses->size();
    live_octets_ = live;
    dead_octets_ = dead;
}

void Engine::fold_index_log(Index& index) {
    auto file = files_->system().open(files_->index_path() + "-wal", OpenMode::read);
    if (!file) return;
    auto size = (*file)->size();
    if (!size || *size <= options_.index_log_bytes) return;
    if (auto done = index.checkpoint(); !done) {
        log_.warn("store.checkpoint_failed", {{"error", std::string_view(done.error().detail)}});
    }
}

void Engine::forget_old_deliveries(Index& index) {
    const Timestamp now = clock_.now();
    if (now < next_purge_) return;
    auto finished = index.purge_deliveries(to_micros(now - options_.delivery_memory), kDeliveriesPerLook);
    if (finished && *finished) next_purge_ = now + kBetweenPurges;
}

}  // namespace restante::store
