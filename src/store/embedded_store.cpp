// The store as its callers see it.
#include "store/embedded_store.hpp"

#include <algorithm>
#include <atomic>
#include <future>

#include "store/body_reader.hpp"

namespace restante::store {
namespace {

constexpr const char* kIndexLags = "the index cannot be written now";

/// Reads on where a message was moved while it was being read.
Result<std::size_t> read_located(Engine& engine, BodyReader& reader, MaildropId maildrop, const Entry& entry,
                                 std::uint64_t offset, std::span<char> into, BodyReader::Wait wait) {
    auto got = reader.read(entry, offset, into, wait);
    if (got || got.error().kind != ErrorKind::not_found || wait == BodyReader::Wait::no) return got;
    auto now = engine.locate(maildrop, entry.id);
    if (now) got = reader.read(*now, offset, into, wait);
    if (now && (got || got.error().kind != ErrorKind::not_found)) return got;
    return fail(ErrorKind::io, "the file that holds message " + std::to_string(entry.id) + " is missing");
}

class LeasedMaildrop final : public Maildrop {
public:
    LeasedMaildrop(std::shared_ptr<Engine> engine, MaildropId maildrop, std::shared_ptr<const MaildropRows> rows)
        : engine_(std::move(engine)), maildrop_(maildrop), rows_(std::move(rows)), reader_(*engine_->files()) {}
    ~LeasedMaildrop() override { engine_->maildrops().release(maildrop_, std::move(rows_)); }
    LeasedMaildrop(const LeasedMaildrop&) = delete;
    LeasedMaildrop& operator=(const LeasedMaildrop&) = delete;

    std::span<const Entry> messages() const override { return rows_->entries; }
    void append_uidl(std::size_t index, std::string& out) const override {
        rows_->append_uidl(rows_->entries[index].id, out);
    }
    Result<std::size_t> read(const Entry& entry, std::uint64_t offset, std::span<char> into) override {
        return read_located(*engine_, reader_, maildrop_, entry, offset, into, BodyReader::Wait::disk);
    }
    Result<std::size_t> read_cached(const Entry& entry, std::uint64_t offset, std::span<char> into) override {
        auto got = reader_.read(entry, offset, into, BodyReader::Wait::no);
        if (!got && got.error().kind == ErrorKind::not_found) return fail(ErrorKind::busy, "the message has moved");
        return got;
    }
    void delete_messages(std::vector<MessageId> ids, std::function<void(Result<void>)> done) override {
        const bool known = all_known(ids);
        if (!known) ids.clear();
        if (!known) done = [done](Result<void>) { done(fail(ErrorKind::invalid, kUnknown)); };
        engine_->remove(maildrop_, std::move(ids), std::move(done));
    }
    void retire_messages(std::vector<MessageId> ids, Deleter by, std::chrono::seconds keep,
                         std::function<void(Result<RetirementId>)> done) override {
        const bool known = all_known(ids);
        if (!known) ids.clear();
        if (!known) done = [done](Result<RetirementId>) { done(fail(ErrorKind::invalid, kUnknown)); };
        Deletion deletion{
            to_micros(engine_->now() + keep), {}, by.login.substr(0, kMaxText), by.peer.substr(0, kMaxText)};
        for (const MessageId id : ids) {
            ++deletion.size.messages;
            deletion.size.octets += rows_->find(id)->size;
        }
        engine_->retire(maildrop_, std::move(ids), std::move(deletion), std::move(done));
    }

private:
    static constexpr const char* kUnknown = "no message of this maildrop's snapshot";
    static constexpr std::size_t kMaxText = 255;

    bool all_known(const std::vector<MessageId>& ids) const {
        return std::all_of(ids.begin(), ids.end(), [this](MessageId id) { return rows_->find(id) != nullptr; });
    }

    const std::shared_ptr<Engine> engine_;
    const MaildropId maildrop_;
    std::shared_ptr<const MaildropRows> rows_;
    BodyReader reader_;
};

}  // namespace

Result<std::unique_ptr<MessageStore>> open_store(Options options, FileSystem& files, const Clock& clock, IdSource& ids,
                                                 Log& log) {
    auto engine = Engine::open(std::move(options), files, clock, ids, log);
    if (!engine) return fail(std::move(engine.error()));
    (*engine)->start();
    return std::make_unique<EmbeddedStore>(std::move(*engine));
}

Result<std::unique_ptr<Draft>> EmbeddedStore::create_draft() { return engine_->create_draft(); }

void EmbeddedStore::commit(std::unique_ptr<Draft> draft, Delivery delivery,
                           std::function<void(Result<Committed>)> done) {
    engine_->commit(std::move(draft), std::move(delivery), std::move(done));
}

Result<std::unique_ptr<Maildrop>> EmbeddedStore::open_maildrop(MaildropId maildrop) {
    if (!engine_->maildrops().lease(maildrop)) return fail(ErrorKind::busy, "the maildrop is in use");
    auto rows = engine_->rows(maildrop, true);
    if (!rows) {
        engine_->maildrops().release(maildrop, nullptr);
        return fail(std::move(rows.error()));
    }
    return std::make_unique<LeasedMaildrop>(engine_, maildrop, std::move(*rows));
}

Result<std::string> EmbeddedStore::read_message(MaildropId maildrop, MessageId id, std::uint64_t max_octets) {
    auto entry = engine_->locate(maildrop, id);
    if (!entry) return fail(std::move(entry.error()));
    BodyReader reader(*engine_->files());
    std::string out(static_cast<std::size_t>(std::min(entry->size, max_octets)), '\0');
    std::size_t have = 0;
    while (have < out.size()) {
        auto got = read_located(*engine_, reader, maildrop, *entry, have, std::span(out).subspan(have),
                                BodyReader::Wait::disk);
        if (!got) return fail(std::move(got.error()));
        have += *got;
    }
    return out;
}

Result<MaildropSize> EmbeddedStore::size_of(MaildropId maildrop) { return engine_->size_of(maildrop); }

std::optional<MaildropSize> EmbeddedStore::known_size(MaildropId maildrop) {
    return engine_->maildrops().counted(maildrop);
}

Result<void> EmbeddedStore::remove_maildrop(MaildropId maildrop) { return engine_->clear(maildrop); }

Result<std::vector<Retirement>> EmbeddedStore::retirements(MaildropId maildrop) {
    Indexer& indexer = engine_->indexer();
    return indexer.call_settled([maildrop, &indexer](Index& index) -> Result<std::vector<Retirement>> {
        if (!indexer.settled()) return fail(ErrorKind::unavailable, kIndexLags);
        return index.retirements(maildrop);
    });
}

Result<std::vector<HiddenMessage>> EmbeddedStore::hidden_messages(MaildropId maildrop, RetirementId retirement) {
    Indexer& indexer = engine_->indexer();
    auto rows = indexer.call_settled([&](Index& index) -> Result<std::vector<HiddenRow>> {
        if (!indexer.settled()) return fail(ErrorKind::unavailable, kIndexLags);
        return index.hidden(maildrop, retirement);
    });
    if (!rows) return fail(std::move(rows.error()));
    if (rows->empty()) return fail(ErrorKind::not_found, "nothing is left of this deletion");
    std::vector<HiddenMessage> out;
    for (const HiddenRow& row : *rows) {
        out.push_back({row.entry.id, row.entry.size, row.uidl.empty() ? uidl_of(row.entry.id) : row.uidl});
    }
    return out;
}

Result<MaildropSize> EmbeddedStore::restore(MaildropId maildrop, RetirementId retirement, std::vector<MessageId> ids) {
    return engine_->restore(maildrop, retirement, std::move(ids));
}

Result<std::vector<Entry>> EmbeddedStore::list(MaildropId maildrop) {
    auto rows = engine_->rows(maildrop, true);
    if (!rows) return fail(std::move(rows.error()));
    std::vector<Entry> out = (*rows)->entries;
    engine_->maildrops().drop(std::move(*rows));
    return out;
}

Result<Entry> EmbeddedStore::find(MaildropId maildrop, MessageId id) { return engine_->locate(maildrop, id); }

Result<std::size_t> EmbeddedStore::read(MaildropId maildrop, const Entry& entry, std::uint64_t offset,
                                        std::span<char> into) {
    BodyReader reader(*engine_->files());
    return read_located(*engine_, reader, maildrop, entry, offset, into, BodyReader::Wait::disk);
}

Result<void> EmbeddedStore::remove_messages(MaildropId maildrop, std::vector<MessageId> ids) {
    auto rows = engine_->rows(maildrop, true);
    if (!rows) return fail(std::move(rows.error()));
    std::erase_if(ids, [&](MessageId id) { return (*rows)->find(id) == nullptr; });
    engine_->maildrops().drop(std::move(*rows));
    const auto answer = std::make_shared<std::promise<Result<void>>>();
    auto done = answer->get_future();
    engine_->remove(maildrop, std::move(ids), [answer](Result<void> result) { answer->set_value(std::move(result)); });
    return done.get();
}

Statistics EmbeddedStore::statistics() const { return engine_->statistics(); }

}  // namespace restante::store
