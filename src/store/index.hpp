#pragma once
// The index of the body log: which messages lie in a maildrop and where. Everything in it follows from the log, except
// what it remembers of records that were compacted away: delivery ids and imported UIDLs.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "store/maildrop_rows.hpp"

namespace restante::store {

/// SQL knows no unsigned numbers.
inline std::int64_t signed_of(std::uint64_t n) { return static_cast<std::int64_t>(n); }
inline std::uint64_t unsigned_of(std::int64_t n) { return static_cast<std::uint64_t>(n); }

/// How much of a segment is still needed.
struct SegmentUse {
    std::uint32_t number = 0;
    std::uint64_t bytes = 0;     // of all its records
    std::uint64_t dead = 0;      // shares of messages that were deleted or moved
    std::uint64_t removals = 0;  // records that say what was deleted: needed while an older segment exists
};

/// A maildrop that has a message, and the retirement that hides it there; 0: it shows.
struct Holder {
    MaildropId maildrop = 0;
    RetirementId hidden_by = 0;
};

/// Used by one thread. Errors: no_space (try again later), corrupt, io, internal.
class Index {
public:
    /// Errors also: newer_version, busy (another process has it open).
    static Result<std::unique_ptr<Index>> open(const db::SqliteOptions& options);

    /// Up to where the log is indexed; segment 0: nothing is.
    Position position() const { return position_; }
    MessageId highest_id() const { return highest_id_; }

    Result<void> begin();
    Result<void> apply(const Logged& logged);
    /// Commits, together with the position the applied records reach.
    Result<void> commit(Position reached);
    void rollback();

    Result<MaildropRows> load(MaildropId maildrop);
    Result<std::optional<MessageId>> delivered(std::string_view delivery_id);
    /// first_new: no id below it is under way or will be made.
    Result<bool> uidl_taken(MaildropId maildrop, std::string_view uidl, MessageId first_new);
    /// Of the maildrops of a record, those that still have the message at this place.
    Result<std::vector<Holder>> holders(const Logged& logged);

    /// Latest first.
    Result<std::vector<Retirement>> retirements(MaildropId maildrop);
    /// Messages it still hides, ascending.
    Result<std::vector<HiddenRow>> hidden(MaildropId maildrop, RetirementId retirement);
    /// Is the record of this retirement in that segment the one that counts?
    Result<bool> has_retirement(const Logged& logged);
    /// Retirements whose time has passed at `now` (microseconds), at most `limit`.
    Result<std::vector<std::pair<MaildropId, RetirementId>>> expired(std::int64_t now, int limit);
    /// Between transactions: one that hides nothing any more.
    Result<void> forget_retirement(MaildropId maildrop, RetirementId retirement);

    Result<std::vector<SegmentUse>> segments();
    Result<void> forget_segment(std::uint32_t number);
    /// Large files that messages refer to.
    Result<std::vector<std::uint64_t>> big_files();
    /// Large files to which the committed records left no reference. Their names may be removed from the disk.
    std::vector<std::uint64_t> take_dead_big_files();
    /// Forgets delivery ids older than `before` among the next `limit` after those looked at last; true at the end.
    Result<bool> purge_deliveries(std::int64_t before, int limit);

    /// Everything committed is durable when this returns, and the write-ahead log starts anew.
    Result<void> checkpoint();
    /// Writing failed in a way after which nobody knows what of the index is on the disk: write no more, so that the
    /// next start finds the last good state.
    bool suspect() const { return suspect_; }

    Result<void> snapshot_to(const std::string& path);
    Result<void> check();
    /// Calls back for every message of every maildrop.
    Result<void> each_message(const std::function<void(MaildropId, const Entry&)>& on_message);

private:
    explicit Index(std::unique_ptr<db::Session> session) : session_(std::move(session)) {}
    Result<void> read_meta();
    Result<void> apply_now(const Logged& logged);
    Result<void> commit_now(Position reached);
    Result<void> put(const Logged& logged);
    Result<void> put_row(const Logged& logged, const Holder& holder, std::uint64_t share, std::int64_t& added);
    Result<bool> move_row(const Logged& logged, const Holder& holder, std::uint64_t share);
    Result<void> cross(MessageId id, const Holder& holder);
    Result<void> retire(const Logged& logged);
    Result<void> put_retirement(const Logged& logged);
    Result<void> expect_retirement(const Logged& logged, const Holder& holder);
    Result<void> show_again(const Record& record);
    Result<void> clear(MaildropId maildrop, MessageId up_to);
    Result<void> free_share(std::string_view sql, std::initializer_list<db::Value> parameters);
    Result<void> remember(const Record& record);
    Result<void> remove(std::string_view sql, std::initializer_list<db::Value> parameters);
    Result<void> count_big(std::uint64_t number, std::int64_t by);
    Result<void> flush_uses();
    Result<void> written(Result<void> done);

    const std::unique_ptr<db::Session> session_;
    Position position_;
    MessageId highest_id_ = 0;

    // Of the open transaction.
    std::map<std::uint32_t, SegmentUse> uses_;
    std::vector<std::uint64_t> dead_now_;
    MessageId highest_now_ = 0;

    std::vector<std::uint64_t> dead_big_files_;
    std::string purged_to_;
    bool suspect_ = false;
};

}  // namespace restante::store
