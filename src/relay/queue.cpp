#include "relay/queue.hpp"

#include <algorithm>
#include <array>
#include <future>

#include "relay/record.hpp"
#include "relay/tables.hpp"

namespace restante::relay {
namespace {
constexpr std::size_t kChangesPerWrite = 2'000;
constexpr std::size_t kPatientChanges = 10'000;  // waiting; more make those who bring mail wait
constexpr std::size_t kRemovedAtOnce = 500;
constexpr std::chrono::seconds kRepairPause{1};

Result<void> read_exactly(store::MessageStore& store, const store::Entry& entry, std::uint64_t offset,
                          std::span<char> into) {
    while (!into.empty()) {
        auto got = store.read(store::kOutgoing, entry, offset, into);
        if (!got) return fail(std::move(got.error()));
        if (*got == 0) return fail(ErrorKind::corrupt, "a queued message ends before its size");
        offset += *got;
        into = into.subspan(*got);
    }
    return {};
}
}  // namespace

Queue::Queue(Parts parts, Options options)
    : parts_(std::move(parts)),
      options_(std::move(options)),
      waiting_(parts_.metrics.gauge("relay_waiting", "Recipients elsewhere whose mail has not been sent yet")),
      queued_(parts_.metrics.counter("relay_queued_total", "Recipients elsewhere for whom mail was taken")) {}

Queue::~Queue() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return !writing_; });
}

Result<std::unique_ptr<Queue>> Queue::open(Parts parts, Options options) {
    if (auto migrated = parts.database.migrate(tables::migrations()); !migrated)
        return fail(std::move(migrated.error()));
    std::unique_ptr<Queue> queue(new Queue(std::move(parts), std::move(options)));
    if (auto recovered = queue->recover(); !recovered) return fail(std::move(recovered.error()));
    return queue;
}

Options Queue::options() const {
    const std::scoped_lock lock(mutex_);
    return options_;
}

void Queue::set_options(Options options) {
    const std::scoped_lock lock(mutex_);
    options_ = std::move(options);
}

// --- start

Result<void> Queue::recover() {
    auto stored = parts_.store.list(store::kOutgoing);
    if (!stored) return fail(std::move(stored.error()));
    auto known = parts_.database.read([](db::Session& session) { return tables::known(session); });
    if (!known) return fail(std::move(known.error()));
    std::vector<store::MessageId> gone;  // removed from the store, but not yet from the tables
    std::size_t found = 0;
    for (const store::MessageId id : *known) {
        while (found < stored->size() && (*stored)[found].id < id)
            if (auto done = recover_mail((*stored)[found++]); !done) return done;
        if (found < stored->size() && (*stored)[found].id == id)
            ++found;
        else
            gone.push_back(id);
    }
    for (; found < stored->size(); ++found)
        if (auto done = recover_mail((*stored)[found]); !done) return done;
    auto forgotten = parts_.database.write([&](db::Session& session) -> Result<void> {
        for (const store::MessageId id : gone)
            if (auto done = tables::forget(session, id); !done) return done;
        return {};
    });
    if (!forgotten) return forgotten;
    if (auto removed = remove_finished(); !removed) return removed;
    auto waiting = parts_.database.read([](db::Session& session) { return tables::waiting(session); });
    if (!waiting) return fail(std::move(waiting.error()));
    waiting_.set(static_cast<std::int64_t>(*waiting));
    return {};
}

Result<Queue::Arrival> Queue::arrival_of(const store::Entry& entry) {
    std::string footer(kFooterOctets, '\0');
    if (entry.size < footer.size()) return fail(ErrorKind::corrupt, "a queued message has no envelope");
    if (auto done = read_exactly(parts_.store, entry, entry.size - footer.size(), footer); !done)
        return fail(std::move(done.error()));
    const auto octets = record_octets(footer, entry.size);
    if (!octets) return fail(octets.error());
    std::string bytes(static_cast<std::size_t>(*octets), '\0');
    if (auto done = read_exactly(parts_.store, entry, entry.size - *octets, bytes); !done)
        return fail(std::move(done.error()));
    auto record = decode_record(bytes);
    if (!record) return fail(std::move(record.error()));
    Arrival arrival{{entry.id, record->queued_at, entry.size - *octets, std::move(record->envelope)}, {}};
    arrival.recipients = std::move(arrival.mail.envelope.recipients);
    arrival.mail.envelope.recipients.clear();
    return arrival;
}

/// Of mail that was accepted before a crash and never came into the tables.
Result<void> Queue::recover_mail(const store::Entry& entry) {
    auto arrival = arrival_of(entry);
    if (!arrival) {  // kept where it is, for a person to look at; others are not held up
        parts_.log.error("relay.unreadable", {{"message", entry.id}, {"reason", arrival.error().detail}});
        return {};
    }
    parts_.log.info("relay.recovered",
                    {{"message", entry.id}, {"recipients", std::uint64_t{arrival->recipients.size()}}});
    return parts_.database.write(
        [&](db::Session& session) { return tables::add(session, arrival->mail, arrival->recipients, options_); });
}

// --- new mail

void Queue::take(Mail mail, std::function<void(Result<store::Committed>)> done) {
    auto arrival = std::make_shared<Arrival>();
    arrival->mail.queued_at = parts_.clock.now();
    arrival->mail.size = mail.trace.size() + mail.draft->size();
    if (auto appended = mail.draft->append(encode_record({mail.envelope, arrival->mail.queued_at})); !appended) {
        const auto refuse = [done, error = appended.error()] { done(tl::unexpected<Error>(error)); };
        if (!parts_.work(refuse)) refuse();
        return;
    }
    arrival->recipients = std::move(mail.envelope.recipients);
    mail.envelope.recipients.clear();
    arrival->mail.envelope = std::move(mail.envelope);
    store::Delivery delivery{
        std::move(mail.trace), {store::kOutgoing}, std::move(mail.delivery_id), "", arrival->mail.queued_at};
    parts_.store.commit(std::move(mail.draft), std::move(delivery),
                        [this, arrival, done = std::move(done)](Result<store::Committed> stored) {
                            if (!stored || stored->duplicate) return done(std::move(stored));
                            arrival->mail.id = stored->id;
                            arrived(arrival, [done, id = stored->id] { done(store::Committed{id, false}); });
                        });
}

/// On a thread of the store. If the rows cannot be written now they are later. Whoever hands mail over
/// waits for the rows only when too many wait already.
void Queue::arrived(std::shared_ptr<Arrival> arrival, std::function<void()> done) {
    const auto count = arrival->recipients.size();
    queued_.add(count);
    waiting_.add(static_cast<std::int64_t>(count));
    bool at_once = false;
    {
        const std::scoped_lock lock(mutex_);
        at_once = pending_.size() < kPatientChanges;
    }
    if (at_once) {
        done();
        done = nullptr;
    }
    add_rows(std::move(arrival), std::move(done));
}

void Queue::add_rows(std::shared_ptr<Arrival> arrival, std::function<void()> done) {
    Change add = [this, arrival](db::Session& session) {
        return tables::add(session, arrival->mail, arrival->recipients, options());
    };
    change(std::move(add), [this, arrival, done = std::move(done)](const Result<void>& added) {
        if (!added) {
            parts_.log.error("relay.unwritable", {{"message", arrival->mail.id}, {"reason", added.error().detail}});
            const std::scoped_lock lock(mutex_);
            unwritten_.push_back(arrival);
            write_again_ = std::chrono::steady_clock::now() + kRepairPause;
        }
        if (done) done();
    });
}

void Queue::repair() {
    std::vector<std::shared_ptr<Arrival>> again;
    {
        const std::scoped_lock lock(mutex_);
        if (unwritten_.empty() || std::chrono::steady_clock::now() < write_again_) return;
        again.swap(unwritten_);
    }
    for (auto& arrival : again) add_rows(std::move(arrival), nullptr);
}

// --- writing

void Queue::change(Change change, std::function<void(Result<void>)> done) {
    std::unique_lock lock(mutex_);
    pending_.push_back({std::move(change), std::move(done)});
    write_soon(std::move(lock));
}

Result<void> Queue::change(Change wanted) {
    std::promise<Result<void>> answer;
    auto future = answer.get_future();
    change(std::move(wanted), [&](Result<void> result) { answer.set_value(std::move(result)); });
    return future.get();
}

void Queue::write_soon(std::unique_lock<std::mutex> lock) {
    if (writing_) return;
    writing_ = true;
    lock.unlock();
    if (parts_.work([this] { write(); })) return;
    std::vector<Pending> refused;
    {
        const std::scoped_lock again(mutex_);
        writing_ = false;
        refused.assign(std::make_move_iterator(pending_.begin()), std::make_move_iterator(pending_.end()));
        pending_.clear();
        idle_.notify_all();
    }
    for (Pending& p : refused) p.done(fail(ErrorKind::unavailable, "too much work is waiting"));
}

/// On the pool: everything that waits, in as few transactions as possible.
void Queue::write() {
    for (;;) {
        std::vector<Pending> batch;
        {
            const std::scoped_lock lock(mutex_);
            if (pending_.empty()) {
                writing_ = false;
                idle_.notify_all();
                return;
            }
            const auto end =
                pending_.begin() + static_cast<std::ptrdiff_t>(std::min(pending_.size(), kChangesPerWrite));
            batch.assign(std::make_move_iterator(pending_.begin()), std::make_move_iterator(end));
            pending_.erase(pending_.begin(), end);
        }
        const Result<void> done = write_all(batch);
        ++version_;
        if (done || batch.size() == 1) {
            for (Pending& p : batch) p.done(done);
        } else {  // one of them is at fault, or the disk: each for itself
            for (Pending& p : batch) p.done(write_all({&p, 1}));
        }
        if (auto removed = remove_finished(); !removed)
            parts_.log.error("relay.unwritable", {{"reason", removed.error().detail}});
    }
}

Result<void> Queue::write_all(std::span<Pending> batch) {
    return parts_.database.write([&](db::Session& session) -> Result<void> {
        for (Pending& p : batch)
            if (auto done = p.change(session); !done) return done;
        return {};
    });
}

/// The store first: a crash in between leaves rows without a message, which recover() forgets; the other way round the
/// message would be sent again.
Result<void> Queue::remove_finished() {
    for (;;) {
        auto ids = parts_.database.read([](db::Session& session) { return tables::finished(session, kRemovedAtOnce); });
        if (!ids) return fail(std::move(ids.error()));
        if (ids->empty()) return {};
        if (auto removed = parts_.store.remove_messages(store::kOutgoing, *ids); !removed) return removed;
        auto forgotten = parts_.database.write([&](db::Session& session) -> Result<void> {
            for (const store::MessageId id : *ids)
                if (auto done = tables::forget(session, id); !done) return done;
            return {};
        });
        if (!forgotten) return forgotten;
    }
}

// --- reading

Result<std::vector<DueDestination>> Queue::due_destinations(std::size_t limit) {
    return parts_.database.read(
        [&](db::Session& session) { return tables::due_destinations(session, parts_.clock.now(), limit); });
}

Result<std::vector<Work>> Queue::due(const std::string& domain, std::size_t limit) {
    return parts_.database.read(
        [&](db::Session& session) { return tables::due(session, domain, parts_.clock.now(), limit); });
}

Result<std::vector<Work>> Queue::overdue(std::size_t limit) {
    return parts_.database.read(
        [&](db::Session& session) { return tables::overdue(session, parts_.clock.now(), limit); });
}

Result<std::size_t> Queue::read(const MailFacts& mail, std::uint64_t offset, std::span<char> into) {
    if (offset >= mail.size) return std::size_t{0};
    auto entry = parts_.store.find(store::kOutgoing, mail.id);
    if (!entry) return fail(std::move(entry.error()));
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), mail.size - offset));
    return parts_.store.read(store::kOutgoing, *entry, offset, into.first(most));
}

// --- administration

Result<std::vector<QueuedRecipient>> Queue::list(const Selection& which, store::MessageId after_mail,
                                                 std::int64_t after_number, std::size_t limit) {
    return parts_.database.read(
        [&](db::Session& session) { return tables::list(session, which, after_mail, after_number, limit); });
}

Result<std::vector<Destination>> Queue::destinations() {
    return parts_.database.read([](db::Session& session) { return tables::destinations(session); });
}

Result<std::int64_t> Queue::act(Action action, const Selection& which) {
    auto count = parts_.database.write([&](db::Session& session) -> Result<std::int64_t> {
        switch (action) {
            case Action::hold:
                return tables::hold(session, which, true);
            case Action::release:
                return tables::hold(session, which, false);
            case Action::retry:
                return tables::retry(session, which, parts_.clock.now());
            case Action::bounce:
                return tables::expire(session, which);
            case Action::remove:
                return tables::drop(session, which);
        }
        return std::int64_t{0};
    });
    ++version_;
    if (!count || action != Action::remove) return count;
    waiting_.add(-*count);
    if (auto removed = remove_finished(); !removed) return fail(std::move(removed.error()));
    return count;
}

Result<void> Queue::pause(const std::string& domain, bool paused) {
    auto done = parts_.database.write([&](db::Session& session) { return tables::pause(session, domain, paused); });
    ++version_;
    return done;
}

}  // namespace restante::relay
