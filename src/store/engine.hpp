#pragma once
// The parts of the embedded store put together. It works in steps, taken by its threads or by a test.
#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "base/ids.hpp"
#include "store/compactor.hpp"
#include "store/deliveries.hpp"
#include "store/indexer.hpp"
#include "store/log_queue.hpp"
#include "store/options.hpp"
#include "store/spool_queue.hpp"

namespace restante::store {

/// Thread-safe. Held by the store and by every maildrop it opened.
class Engine : public std::enable_shared_from_this<Engine> {
public:
    static Result<std::shared_ptr<Engine>> open(Options options, FileSystem& files, const Clock& clock, IdSource& ids,
                                                Log& log);
    ~Engine();

    /// From here on threads take the steps.
    void start();
    /// Finishes what was begun and closes. Everything after it answers unavailable.
    void close();

    std::unique_ptr<SpooledDraft> create_draft();
    void commit(std::unique_ptr<Draft> draft, Delivery delivery, Deliveries::Done done);
    void remove(MaildropId maildrop, std::vector<MessageId> ids, std::function<void(Result<void>)> done);
    void retire(MaildropId maildrop, std::vector<MessageId> ids, Deletion deletion,
                std::function<void(Result<RetirementId>)> done);
    /// Blocking.
    Result<MaildropSize> restore(MaildropId maildrop, RetirementId retirement, std::vector<MessageId> ids);
    /// Blocking.
    Result<void> clear(MaildropId maildrop);
    /// Blocking. `keep`: in the cache.
    Result<std::shared_ptr<const MaildropRows>> rows(MaildropId maildrop, bool keep);
    /// Blocking the first time, and after deletions.
    Result<MaildropSize> size_of(MaildropId maildrop);
    /// Blocking. Where the message is now; not_found if nowhere.
    Result<Entry> locate(MaildropId maildrop, MessageId id);
    /// While at least one is held, no file of the store is removed.
    std::shared_ptr<void> pin_files();
    bool files_pinned() const { return pins_ > 0; }
    Compactor& compactor() { return *compactor_; }

    Maildrops& maildrops() { return maildrops_; }
    const std::shared_ptr<StoreFiles>& files() { return files_; }
    Indexer& indexer() { return *indexer_; }
    LogQueue& log_queue() { return *log_queue_; }
    const Options& options() const { return options_; }
    Timestamp now() const { return clock_.now(); }
    Statistics statistics() const;

    /// One step of each kind, for tests without threads; false when there was nothing to do.
    bool spool_step() { return spool_queue_->step(); }
    bool write_step() { return log_queue_->step(); }
    bool index_step(bool hurry) { return indexer_->step(hurry); }

private:
    Engine(Options options, FileSystem& files, const Clock& clock, IdSource& ids, Log& log);
    Result<void> recover();
    void wire(std::unique_ptr<Index> index, LogWriter writer);
    void on_logged(const Indexer::Records& records);
    void on_indexed(std::span<const std::shared_ptr<const Logged>> records);
    std::optional<std::chrono::milliseconds> upkeep(Index& index);
    void remove_dead_files(Index& index);
    void measure(Index& index);
    void fold_index_log(Index& index);
    void forget_old_deliveries(Index& index);
    bool purge_hidden(Index& index);
    Result<bool> purge_some(Index& index, Timestamp now);
    Result<MaildropSize> restore_now(Index& index, MaildropId maildrop, RetirementId retirement,
                                     const std::vector<MessageId>& ids);

    Result<Operation> make_operation(std::unique_ptr<Draft> draft, Delivery& delivery);
    using Reservation = std::shared_ptr<std::vector<std::pair<MaildropId, std::string>>>;
    void resolve(Index& index, Operation operation, const Reservation& reservation);
    bool reserve_uidl(Index& index, const Record& record, const Reservation& reservation);
    void take_back(const std::string& delivery_id, const Reservation& reservation, const Error& error);
    void release_uidl(const Record& record);
    void pass_on(Operation operation);
    void settle(Operation operation, Result<Committed> answer);
    void answer(Deliveries::Done done, Result<Committed> result);

    const Options options_;
    const Clock& clock_;
    IdSource& ids_;
    Log& log_;
    const std::shared_ptr<StoreFiles> files_;
    Maildrops maildrops_;
    Deliveries deliveries_;
    std::atomic<bool> closing_{false};
    std::atomic<std::uint64_t> commits_{0}, committed_octets_{0}, deletes_{0};
    std::atomic<std::uint64_t> segments_{0}, live_octets_{0}, dead_octets_{0};

    // Of the index's thread: UIDLs of imported messages on their way.
    MessageId first_new_id_ = 0;  // ids made since the store was opened are not below
    std::set<std::pair<MaildropId, std::string>> reserved_uidls_;
    Timestamp next_purge_{};
    Timestamp next_hidden_purge_{};
    std::unique_ptr<Compactor> compactor_;
    std::atomic<int> pins_{0};

    // Each may hand work to those before it: they end in the opposite order.
    std::unique_ptr<Indexer> indexer_;
    std::unique_ptr<LogQueue> log_queue_;
    std::unique_ptr<SpoolQueue> spool_queue_;
};

}  // namespace restante::store
