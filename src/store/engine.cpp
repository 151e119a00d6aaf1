#include "store/engine.hpp"

#include <algorithm>
#include <filesystem>

#include "store/copy.hpp"
#include "store/recovery.hpp"

namespace restante::store {

Engine::Engine(Options options, FileSystem& files, const Clock& clock, IdSource& ids, Log& log)
    : options_(std::move(options)),
      clock_(clock),
      ids_(ids),
      log_(log),
      files_(std::make_shared<StoreFiles>(files, options_.directory, options_.open_files)),
      maildrops_(options_.cache_bytes) {}

Engine::~Engine() = default;

Result<std::shared_ptr<Engine>> Engine::open(Options options, FileSystem& files, const Clock& clock, IdSource& ids,
                                             Log& log) {
    std::shared_ptr<Engine> engine(new Engine(std::move(options), files, clock, ids, log));
    if (auto done = engine->recover(); !done) return fail(std::move(done.error()));
    return engine;
}

Result<void> Engine::recover() {
    FileSystem& system = files_->system();
    for (const std::string& directory : {files_->directory(), files_->draft_directory()}) {
        if (auto done = system.make_directory(directory); !done) return done;
        // Not every parent may be opened by us; then it was not us who made the directory.
        (void)system.sync_directory(std::filesystem::path(directory).parent_path().string());
    }
    if (system.open(files_->directory() + kUnfinished, OpenMode::read)) {
        return fail(ErrorKind::corrupt, "the restore into " + files_->directory() + " was not finished");
    }
    db::SqliteOptions sqlite;
    sqlite.path = files_->index_path();
    sqlite.vfs = system.sqlite_vfs();
    sqlite.sync = db::Sync::normal;
    sqlite.busy_timeout_ms = 1'000;
    sqlite.cache_kib = options_.index_cache_kib;
    sqlite.checkpoint_on_close = false;
    sqlite.exclusive = true;  // also keeps a second process out, before anything of the log is touched
    auto index = Index::open(sqlite);
    if (!index) return fail(std::move(index.error()));
    auto recovered = Recovery(*files_, **index, log_, options_.index_batch_records).run();
    if (!recovered) return fail(std::move(recovered.error()));
    ids_.advance_past(recovered->highest_id);
    first_new_id_ = ids_.next();
    LogWriter writer(*files_, clock_, log_, {options_.segment_bytes});
    if (auto done = writer.resume(recovered->end, recovered->highest_number, recovered->highest_id); !done) return done;
    log_.info("store.opened", {{"directory", files_->directory()},
                               {"replayed", recovered->replayed},
                               {"segment", std::uint64_t{recovered->end.segment}},
                               {"offset", recovered->end.offset}});
    wire(std::move(*index), std::move(writer));
    return {};
}

void Engine::wire(std::unique_ptr<Index> index, LogWriter writer) {
    indexer_ = std::make_unique<Indexer>(
        std::move(index),
        Indexer::Limits{options_.index_batch_records, options_.index_delay, options_.index_backlog_records}, log_,
        [this](auto records) { on_indexed(records); });
    indexer_->set_upkeep([this](Index& i) { return upkeep(i); });
    log_queue_ =
        std::make_unique<LogQueue>(std::move(writer), *files_, ids_, maildrops_,
                                   LogQueue::Limits{options_.batch_bytes, options_.queue_bytes, options_.free_bytes},
                                   [this](const Indexer::Records& records) { on_logged(records); });
    compactor_ = std::make_unique<Compactor>(
        *files_, *log_queue_, log_,
        Compactor::Limits{options_.compaction_live_percent, options_.compaction_bytes_per_second});
    spool_queue_ = std::make_unique<SpoolQueue>(*files_, [this](Operation op) { log_queue_->submit(std::move(op)); });
}

void Engine::start() {
    indexer_->start();
    log_queue_->start();
    spool_queue_->start();
}

void Engine::close() {
    if (closing_.exchange(true)) return;
    // Each may hand work to the next: the indexer's look-ups, the files of large messages, the log, the index.
    indexer_->finish_jobs();
    spool_queue_->stop();
    log_queue_->stop();
    indexer_->stop();
}

void Engine::on_logged(const Indexer::Records& records) {
    maildrops_.publish(records);
    for (const auto& logged : records) {
        const Record& record = logged->record;
        if (record.kind != RecordKind::delivery) continue;
        ++commits_;
        committed_octets_ += record.size;
        // Before the index can know it, so that there is no moment in which nobody does.
        if (!record.delivery_id.empty()) deliveries_.stored(record.delivery_id, record.id);
    }
    indexer_->add(records);
}

void Engine::on_indexed(std::span<const std::shared_ptr<const Logged>> records) {
    maildrops_.indexed(records);
    for (const auto& logged : records) {
        const Record& record = logged->record;
        if (record.kind != RecordKind::delivery) continue;
        if (!record.delivery_id.empty()) {
            for (const auto& waiting : deliveries_.forget(record.delivery_id)) waiting(Committed{record.id, true});
        }
        if (!record.uidl.empty()) release_uidl(record);
    }
}

std::shared_ptr<void> Engine::pin_files() {
    ++pins_;
    return {nullptr, [self = shared_from_this()](void*) {
                if (--self->pins_ == 0) self->indexer_->wake_upkeep();
            }};
}

Result<std::shared_ptr<const MaildropRows>> Engine::rows(MaildropId maildrop, bool keep) {
    if (auto cached = maildrops_.cached(maildrop)) return cached;
    return indexer_->call([this, maildrop, keep](Index& index) -> Result<std::shared_ptr<const MaildropRows>> {
        auto loaded = index.load(maildrop);
        if (!loaded) return fail(std::move(loaded.error()));
        return maildrops_.complete(maildrop, std::move(*loaded), keep);
    });
}

Result<MaildropSize> Engine::size_of(MaildropId maildrop) {
    if (const auto known = maildrops_.counted(maildrop)) return *known;
    return indexer_->call([this, maildrop](Index& index) -> Result<MaildropSize> {
        auto loaded = index.load(maildrop);
        if (!loaded) return fail(std::move(loaded.error()));
        return maildrops_.count(maildrop, std::move(*loaded));
    });
}

Result<Entry> Engine::locate(MaildropId maildrop, MessageId id) {
    auto found = rows(maildrop, true);
    if (!found) return fail(std::move(found.error()));
    const Entry* entry = (*found)->find(id);
    Result<Entry> out = entry != nullptr ? Result<Entry>(*entry) : fail(ErrorKind::not_found, "no such message");
    maildrops_.drop(std::move(*found));
    return out;
}

Statistics Engine::statistics() const {
    Statistics out;
    out.commits = commits_;
    out.committed_octets = committed_octets_;
    out.deletes = deletes_;
    out.syncs = log_queue_->syncs();
    out.segments = segments_;
    out.live_octets = live_octets_;
    out.dead_octets = dead_octets_;
    out.index_lag = indexer_->backlog();
    out.accepting = log_queue_->accepting() && !indexer_->overloaded();
    return out;
}

}  // namespace restante::store
