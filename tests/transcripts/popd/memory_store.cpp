#include "memory_store.hpp"

#include <algorithm>
#include <cstring>

namespace restante::transcripts {

class MemoryStore::Lease final : public store::Maildrop {
public:
    Lease(MemoryStore& store, store::MaildropId id) : store_(store), id_(id) {
        for (std::size_t i = 0; i < store_.messages_.size(); ++i)
            if (!store_.deleted_.contains(i + 1))
                entries_.push_back({static_cast<store::MessageId>(i + 1), store_.messages_[i].size()});
    }
    ~Lease() override {
        const std::scoped_lock lock(store_.mutex_);
        store_.leases_.erase(id_);
    }
    std::span<const store::Entry> messages() const override { return entries_; }
    void append_uidl(std::size_t index, std::string& out) const override {
        out += store_.uidls_[static_cast<std::size_t>(entries_[index].id) - 1];
    }
    Result<std::size_t> read(const store::Entry& entry, std::uint64_t offset, std::span<char> into) override {
        const std::string name = "read " + std::to_string(entry.id);
        if (store_.fails(name + " temp")) return fail(ErrorKind::io, "the disk failed");
        if (store_.fails(name + " perm")) return fail(ErrorKind::corrupt, "the checksum is wrong");
        const std::string& text = store_.messages_[static_cast<std::size_t>(entry.id) - 1];
        const std::size_t there = store_.fails("truncated") ? text.size() / 2 : text.size();
        const std::size_t count = std::min<std::size_t>(into.size(), offset < there ? there - offset : 0);
        std::memcpy(into.data(), text.data() + offset, count);
        return count;
    }
    Result<std::size_t> read_cached(const store::Entry& entry, std::uint64_t offset, std::span<char> into) override {
        if (store_.fails("cold")) return fail(ErrorKind::busy, "not in memory");
        return read(entry, offset, into);
    }
    void delete_messages(std::vector<store::MessageId> ids, std::function<void(Result<void>)> done) override {
        if (store_.fails("commit temp")) return done(fail(ErrorKind::no_space, "the disk is full"));
        {
            const std::scoped_lock lock(store_.mutex_);
            for (const auto id : ids) store_.deleted_.insert(static_cast<std::size_t>(id));
        }
        done({});
    }
    void retire_messages(std::vector<store::MessageId> ids, store::Deleter by, std::chrono::seconds,
                         std::function<void(Result<store::RetirementId>)> done) override {
        delete_messages(std::move(ids), [done = std::move(done)](Result<void> result) {
            done(result ? Result<store::RetirementId>(1) : fail(std::move(result.error())));
        });
        const std::scoped_lock lock(store_.mutex_);
        store_.deleters_.push_back(std::move(by));
    }

private:
    MemoryStore& store_;
    store::MaildropId id_;
    std::vector<store::Entry> entries_;
};

void MemoryStore::fill(std::vector<std::string> messages, std::vector<std::string> uidls) {
    const std::scoped_lock lock(mutex_);
    messages_ = std::move(messages);
    uidls_ = std::move(uidls);
}

void MemoryStore::order(std::set<std::string> faults) {
    const std::scoped_lock lock(mutex_);
    faults_ = std::move(faults);
}

std::set<std::size_t> MemoryStore::deleted() const {
    const std::scoped_lock lock(mutex_);
    return deleted_;
}

std::vector<store::Deleter> MemoryStore::deleters() const {
    const std::scoped_lock lock(mutex_);
    return deleters_;
}

bool MemoryStore::leased() const {
    const std::scoped_lock lock(mutex_);
    return !leases_.empty();
}

bool MemoryStore::fails(const std::string& what) const {
    const std::scoped_lock lock(mutex_);
    return faults_.contains(what);
}

Result<std::unique_ptr<store::Maildrop>> MemoryStore::open_maildrop(store::MaildropId maildrop) {
    if (fails("open temp")) return fail(ErrorKind::io, "the disk failed");
    const std::scoped_lock lock(mutex_);
    if (faults_.contains("open in-use") || !leases_.insert(maildrop).second)
        return fail(ErrorKind::busy, "the maildrop is leased");
    return std::make_unique<Lease>(*this, maildrop);
}

// Mail does not come in here.
Result<std::unique_ptr<store::Draft>> MemoryStore::create_draft() { return fail(ErrorKind::unsupported, "read only"); }
void MemoryStore::commit(std::unique_ptr<store::Draft>, store::Delivery,
                         std::function<void(Result<store::Committed>)> done) {
    done(fail(ErrorKind::unsupported, "read only"));
}
Result<std::string> MemoryStore::read_message(store::MaildropId, store::MessageId, std::uint64_t) {
    return fail(ErrorKind::unsupported, "no single messages");
}
Result<store::MaildropSize> MemoryStore::size_of(store::MaildropId) { return fail(ErrorKind::unsupported, "no sizes"); }
Result<void> MemoryStore::remove_maildrop(store::MaildropId) { return fail(ErrorKind::unsupported, "read only"); }

}  // namespace restante::transcripts
