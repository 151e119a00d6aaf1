// Deleting so that it can be undone, undoing it, and what happens when nobody did in time.
//
// Restorations and purges are decided on the index's thread, with everything indexed that is in the log: so neither
// can be decided on what the other is about to change.
#include <algorithm>

#include "store/engine.hpp"

namespace restante::store {
namespace {
constexpr int kRetirementsPerLook = 50;
}

void Engine::retire(MaildropId maildrop, std::vector<MessageId> ids, Deletion deletion,
                    std::function<void(Result<RetirementId>)> done) {
    Operation operation;
    Record& record = operation.out.record;
    record.kind = RecordKind::retirement;
    record.maildrops = {maildrop};
    record.ids = std::move(ids);
    record.deletion = std::make_shared<const Deletion>(std::move(deletion));
    operation.cost = 128 + 8 * record.ids.size();
    operation.done = [this, count = record.ids.size(), done = std::move(done)](Result<Committed> result) {
        if (!result) return done(tl::unexpected<Error>(std::move(result.error())));
        deletes_ += count;
        done(result->id);
    };
    if (record.ids.empty()) operation.settle(Committed{});
    log_queue_->submit(std::move(operation));
}

Result<MaildropSize> Engine::restore(MaildropId maildrop, RetirementId retirement, std::vector<MessageId> ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return indexer_->call_settled([this, maildrop, retirement, ids = std::move(ids)](Index& index) {
        return restore_now(index, maildrop, retirement, ids);
    });
}

Result<MaildropSize> Engine::restore_now(Index& index, MaildropId maildrop, RetirementId retirement,
                                         const std::vector<MessageId>& ids) {
    if (!indexer_->settled()) return fail(ErrorKind::unavailable, "the index cannot be written now");
    auto rows = index.hidden(maildrop, retirement);
    if (!rows) return fail(std::move(rows.error()));
    if (!ids.empty()) {
        std::erase_if(*rows,
                      [&](const HiddenRow& row) { return !std::binary_search(ids.begin(), ids.end(), row.entry.id); });
    }
    if (rows->empty() || (!ids.empty() && rows->size() != ids.size())) {
        return fail(ErrorKind::not_found, "there is nothing to restore, or not all of it");
    }
    Operation operation;
    Record& record = operation.out.record;
    record.kind = RecordKind::restoration;
    record.id = retirement;
    record.maildrops = {maildrop};
    MaildropSize restored;
    for (const HiddenRow& row : *rows) {
        record.ids.push_back(row.entry.id);
        ++restored.messages;
        restored.octets += row.entry.size;
    }
    record.restored = std::make_shared<const std::vector<HiddenRow>>(std::move(*rows));
    operation.cost = 64 + 8 * record.ids.size();
    if (auto done = log_queue_->write_and_wait(std::move(operation)); !done) return fail(std::move(done.error()));
    indexer_->settle();
    return restored;
}

/// True when there is more to do at once.
bool Engine::purge_hidden(Index& index) {
    const Timestamp now = clock_.now();
    if (now < next_hidden_purge_) return false;
    auto more = purge_some(index, now);
    if (more && *more) return true;
    next_hidden_purge_ = now + options_.purge_interval;
    if (!more) log_.warn("store.purge_waits", {{"error", std::string_view(more.error().detail)}});
    return false;
}

Result<bool> Engine::purge_some(Index& index, Timestamp now) {
    indexer_->settle();
    if (!indexer_->settled()) return fail(ErrorKind::unavailable, "the index cannot be written now");
    auto expired = index.expired(to_micros(now), kRetirementsPerLook);
    if (!expired || expired->empty()) return expired ? Result<bool>(false) : fail(std::move(expired.error()));
    std::vector<Operation> removals;
    std::uint64_t messages = 0;
    for (const auto& [maildrop, retirement] : *expired) {
        auto rows = index.hidden(maildrop, retirement);
        if (!rows) return fail(std::move(rows.error()));
        if (rows->empty()) continue;
        Operation& operation = removals.emplace_back();
        operation.out.record.kind = RecordKind::removal;
        operation.out.record.maildrops = {maildrop};
        for (const HiddenRow& row : *rows) operation.out.record.ids.push_back(row.entry.id);
        operation.cost = 64 + 8 * rows->size();
        messages += rows->size();
    }
    if (!removals.empty()) {
        if (auto done = log_queue_->write_and_wait(std::move(removals)); !done) return fail(std::move(done.error()));
        indexer_->settle();
        if (!indexer_->settled()) return fail(ErrorKind::unavailable, "the index cannot be written now");
        log_.info("store.purged", {{"messages", messages}});
    }
    for (const auto& [maildrop, retirement] : *expired) {
        if (auto done = index.forget_retirement(maildrop, retirement); !done) return fail(std::move(done.error()));
    }
    return static_cast<int>(expired->size()) == kRetirementsPerLook;
}

}  // namespace restante::store
