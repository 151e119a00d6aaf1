// The way of a change from commit() to the log.
#include <algorithm>

#include "store/big_file.hpp"
#include "store/cells.hpp"
#include "store/engine.hpp"

namespace restante::store {
namespace {

constexpr std::size_t kMaxDeliveryId = 1'024;
constexpr std::size_t kMaxMaildrops = 1'000'000;

// RFC 1939 7: one to 70 octets of 0x21 to 0x7E.
bool is_uidl(std::string_view uidl) {
    return !uidl.empty() && uidl.size() <= 70 &&
           std::all_of(uidl.begin(), uidl.end(), [](char c) { return c >= 0x21 && c <= 0x7E; });
}

}  // namespace

std::unique_ptr<SpooledDraft> Engine::create_draft() {
    return std::make_unique<SpooledDraft>(files_, options_.draft_memory_bytes, static_cast<std::uint64_t>(ids_.next()));
}

Result<Operation> Engine::make_operation(std::unique_ptr<Draft> draft, Delivery& delivery) {
    auto* spooled = dynamic_cast<SpooledDraft*>(draft.get());
    if (spooled == nullptr) return fail(ErrorKind::invalid, "the draft is not one of this store");
    if (delivery.maildrops.empty()) return fail(ErrorKind::invalid, "a delivery needs a maildrop");
    if (delivery.maildrops.size() > kMaxMaildrops)
        return fail(ErrorKind::invalid, "too many maildrops for one delivery");
    if (delivery.prefix.size() > kMaxPrefixBytes)
        return fail(ErrorKind::invalid, "the prefix of a delivery is too long");
    if (delivery.delivery_id.size() > kMaxDeliveryId) return fail(ErrorKind::invalid, "the delivery id is too long");
    if (!delivery.uidl.empty() && !is_uidl(delivery.uidl)) return fail(ErrorKind::invalid, "this cannot be a UIDL");
    if (!log_queue_->accepting()) {
        return fail(ErrorKind::io, "the store stopped accepting after a disk fault; restart it once the disk is well");
    }
    if (indexer_->overloaded()) return fail(ErrorKind::unavailable, "the index is too far behind the log");
    (void)draft.release();
    Operation operation;
    Outgoing& out = operation.out;
    out.draft.reset(spooled);
    out.prefix = std::move(delivery.prefix);
    Record& record = out.record;
    record.received_at = to_micros(delivery.received_at);
    record.size = out.prefix.size() + spooled->size();
    record.maildrops = std::move(delivery.maildrops);
    std::sort(record.maildrops.begin(), record.maildrops.end());
    record.maildrops.erase(std::unique(record.maildrops.begin(), record.maildrops.end()), record.maildrops.end());
    record.uidl = std::move(delivery.uidl);
    record.delivery_id = delivery.delivery_id;
    operation.cost = out.prefix.size() + 64 + 8 * record.maildrops.size();
    if (!spooled->is_in_file()) {
        // Here rather than on the log's thread, of which there is only one.
        CellSums sums;
        sums.add(out.prefix);
        for (const std::string& block : spooled->blocks()) sums.add(block);
        out.sums = sums.finish();
        operation.cost += spooled->size();
    }
    return operation;
}

void Engine::commit(std::unique_ptr<Draft> draft, Delivery delivery, Deliveries::Done done) {
    if (closing_) return done(fail(ErrorKind::unavailable, "the store is closed"));
    auto made = make_operation(std::move(draft), delivery);
    if (!made) return answer(std::move(done), fail(std::move(made.error())));
    const std::string delivery_id = std::move(delivery.delivery_id);
    if (!delivery_id.empty()) {
        MessageId known = 0;
        if (!deliveries_.begin(delivery_id, done, known)) {
            if (known != 0) answer(std::move(done), Committed{known, true});
            return;
        }
    }
    if (delivery_id.empty() && made->out.record.uidl.empty()) {
        made->done = std::move(done);
        return pass_on(std::move(*made));
    }
    const auto reservation = std::make_shared<std::vector<std::pair<MaildropId, std::string>>>();
    made->done = [this, delivery_id, reservation, done = std::move(done)](Result<Committed> result) {
        if (!result) take_back(delivery_id, reservation, result.error());
        done(result);
        if (!result) return;
        for (const auto& waiting : deliveries_.take_waiting(delivery_id)) waiting(Committed{result->id, true});
    };
    // std::function wants what it holds to be copyable.
    auto shared = std::make_shared<Operation>(std::move(*made));
    indexer_->post([this, shared, reservation](Index& index) { resolve(index, std::move(*shared), reservation); });
}

void Engine::resolve(Index& index, Operation operation, const Reservation& reservation) {
    Record& record = operation.out.record;
    if (!record.delivery_id.empty()) {
        auto known = index.delivered(record.delivery_id);
        if (!known) return settle(std::move(operation), fail(std::move(known.error())));
        if (*known) {
            const Committed committed{**known, true};
            for (auto& waiting : deliveries_.forget(record.delivery_id)) answer(std::move(waiting), committed);
            return settle(std::move(operation), committed);
        }
    }
    // A UIDL that is taken is no reason to lose a message: it gets one of ours then.
    if (!record.uidl.empty() && !reserve_uidl(index, record, reservation)) record.uidl.clear();
    pass_on(std::move(operation));
}

bool Engine::reserve_uidl(Index& index, const Record& record, const Reservation& reservation) {
    for (const MaildropId maildrop : record.maildrops) {
        if (reserved_uidls_.contains({maildrop, record.uidl})) return false;
        auto taken = index.uidl_taken(maildrop, record.uidl, first_new_id_);
        if (!taken || *taken) return false;
    }
    for (const MaildropId maildrop : record.maildrops) {
        reserved_uidls_.emplace(maildrop, record.uidl);
        reservation->emplace_back(maildrop, record.uidl);
    }
    return true;
}

void Engine::take_back(const std::string& delivery_id, const Reservation& reservation, const Error& error) {
    if (!delivery_id.empty()) {
        for (const auto& waiting : deliveries_.forget(delivery_id)) waiting(tl::unexpected<Error>(error));
    }
    if (reservation->empty()) return;
    indexer_->post([this, reservation](Index&) {
        for (const auto& reserved : *reservation) reserved_uidls_.erase(reserved);
    });
}

void Engine::release_uidl(const Record& record) {
    for (const MaildropId maildrop : record.maildrops) reserved_uidls_.erase({maildrop, record.uidl});
}

void Engine::pass_on(Operation operation) {
    if (!operation.out.draft->is_in_file()) return log_queue_->submit(std::move(operation));
    const std::uint64_t number = operation.out.draft->number();
    operation.done = [this, number, done = std::move(operation.done)](Result<Committed> result) {
        // After a fault that could not be undone the record may be in the log all the same. What is not removed here is
        // swept at the next start, if nothing refers to it then.
        if (!result && log_queue_->accepting()) (void)files_->remove_big(number);
        done(std::move(result));
    };
    spool_queue_->submit(std::move(operation));
}

void Engine::settle(Operation operation, Result<Committed> answer) {
    operation.settle(std::move(answer));
    log_queue_->submit(std::move(operation));
}

void Engine::answer(Deliveries::Done done, Result<Committed> result) {
    Operation operation;
    operation.done = std::move(done);
    settle(std::move(operation), std::move(result));
}

void Engine::remove(MaildropId maildrop, std::vector<MessageId> ids, std::function<void(Result<void>)> done) {
    Operation operation;
    operation.out.record.kind = RecordKind::removal;
    operation.out.record.maildrops = {maildrop};
    operation.out.record.ids = std::move(ids);
    operation.cost = 64 + 8 * operation.out.record.ids.size();
    operation.done = [this, count = operation.out.record.ids.size(), done = std::move(done)](Result<Committed> result) {
        if (result) deletes_ += count;
        done(result ? Result<void>() : tl::unexpected<Error>(std::move(result.error())));
    };
    if (operation.out.record.ids.empty()) operation.settle(Committed{});
    log_queue_->submit(std::move(operation));
}

Result<void> Engine::clear(MaildropId maildrop) {
    if (!maildrops_.lease(maildrop)) return fail(ErrorKind::busy, "the maildrop is in use");
    Operation operation;
    operation.out.record.kind = RecordKind::clearing;
    operation.out.record.maildrops = {maildrop};
    auto done = log_queue_->write_and_wait(std::move(operation));
    maildrops_.release(maildrop, nullptr);
    if (!done) return fail(std::move(done.error()));
    return {};
}

}  // namespace restante::store
