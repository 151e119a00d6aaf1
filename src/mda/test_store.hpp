#pragma once
// For tests: a store in memory that keeps the promises of MessageStore that deliveries rely on, and can be told to
// fail.
#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

#include "store/store.hpp"

namespace restante::mda {

class MemoryDraft final : public store::Draft {
public:
    Result<void> append(std::string_view bytes) override {
        if (append_failure) return fail(*append_failure);
        bytes_ += bytes;
        return {};
    }
    std::uint64_t size() const override { return bytes_.size(); }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
        const std::size_t count = std::min<std::size_t>({into.size(), bytes_.size() - offset, 1000});
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
        return count;
    }
    std::string bytes_;
    std::optional<Error> append_failure;
};

class MemoryStore : public store::MessageStore {
public:
    Result<std::unique_ptr<store::Draft>> create_draft() override {
        const std::lock_guard lock(mutex);
        auto draft = std::make_unique<MemoryDraft>();
        if (++drafts == failing_draft) draft->append_failure = Error{ErrorKind::no_space, "disk full", Retry::later};
        return draft;
    }
    void commit(std::unique_ptr<store::Draft> draft, store::Delivery delivery,
                std::function<void(Result<store::Committed>)> done) override {
        std::unique_lock lock(mutex);
        ++commits;
        const auto answer = [&](Result<store::Committed> outcome) {
            lock.unlock();
            done(std::move(outcome));
        };
        if (failure) return answer(fail(*failure));
        if (const auto known = by_delivery.find(delivery.delivery_id);
            known != by_delivery.end() && !delivery.delivery_id.empty())
            return answer(store::Committed{known->second, true});
        const store::MessageId id = ++last;
        by_delivery[delivery.delivery_id] = id;
        for (const auto maildrop : delivery.maildrops)
            maildrops[maildrop].push_back(delivery.prefix + static_cast<MemoryDraft&>(*draft).bytes_);
        answer(store::Committed{id, false});
    }
    Result<std::unique_ptr<store::Maildrop>> open_maildrop(store::MaildropId) override {
        return fail(ErrorKind::unsupported, "");
    }
    Result<std::string> read_message(store::MaildropId, store::MessageId, std::uint64_t) override {
        return fail(ErrorKind::unsupported, "");
    }
    Result<store::MaildropSize> size_of(store::MaildropId) override { return store::MaildropSize{}; }
    Result<void> remove_maildrop(store::MaildropId) override { return {}; }
    store::Statistics statistics() const override { return {}; }

    std::mutex mutex;  // guards what follows
    std::map<store::MaildropId, std::vector<std::string>> maildrops;
    std::map<std::string, store::MessageId> by_delivery;
    std::optional<Error> failure;
    store::MessageId last = 1000;
    int commits = 0;
    int drafts = 0, failing_draft = 0;  // the n-th draft cannot be appended to
};

}  // namespace restante::mda
