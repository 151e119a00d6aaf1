#pragma once
// The message store: messages and the maildrops they lie in. What commit() has confirmed survives kill -9 and power
// loss.
//
// Blocking calls are marked so; run them on a work pool. Completions are called on a thread of the store: hand them
// over to your own executor and return at once.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace restante::store {

/// Chosen by the directory (an account's id); the store creates a maildrop with its first message.
using MaildropId = std::int64_t;
/// Made by the store, time-ordered, never reused. 0 is no message.
using MessageId = std::int64_t;

/// What one session deleted and may still be had back. Made by the store, time-ordered like a MessageId.
using RetirementId = std::int64_t;

/// Maildrop that keeps the originals of mails that became comments or requests.
inline constexpr MaildropId kOriginals = 1;
/// Maildrop of the mail that is to go to other servers (relay/queue.hpp).
inline constexpr MaildropId kOutgoing = 2;

/// One message under way: bytes appended in chunks. Up to Options::draft_memory_bytes are held in memory, the rest
/// goes to a file. Destroying a draft discards it. Not thread-safe. Lines must end in CRLF: the store does not look.
class Draft {
public:
    virtual ~Draft() = default;
    /// May block for a moment on a slow disk once the draft is larger than the memory share. Errors: no_space, io.
    virtual Result<void> append(std::string_view bytes) = 0;
    /// Octets appended so far.
    virtual std::uint64_t size() const = 0;
    /// Reads from what was appended; returns the octets read (0 at the end).
    virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) = 0;
};

/// What is to be done with a draft.
struct Delivery {
    /// Put in front of the draft's bytes: Return-Path, Received and the like, each line with CRLF. At most 65,472
    /// octets.
    std::string prefix;
    /// Every maildrop gets the message under the same MessageId; must not be empty, may repeat.
    std::vector<MaildropId> maildrops;
    /// Deterministic id of the event ("outbox:17", "pop3:3:UIDL"): a second commit with the same id stores nothing and
    /// reports the first one's message, whatever happened in between (restart, deletion). Empty: every commit is new.
    std::string delivery_id;
    /// UIDL to keep for an imported message (RFC 1939 7: 1 to 70 octets of 0x21-0x7E); empty: made from the MessageId,
    /// as it is when one of the maildrops has or had the wanted one already.
    std::string uidl;
    Timestamp received_at{};
};

struct MaildropSize {
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;
};

struct Committed {
    MessageId id = 0;
    bool duplicate = false;  // the delivery_id was known: nothing new was stored
};

/// One message as a maildrop's snapshot shows it.
struct Entry {
    MessageId id = 0;
    std::uint64_t size = 0;  // octets as stored and as RETR sends them before dot-stuffing
    // Where the bytes are; opaque to callers.
    std::uint32_t segment = 0;
    std::uint64_t offset = 0;
};

/// Who deleted, for people who look for lost mail.
struct Deleter {
    std::string login;  // what the client logged in as; 255 octets are kept
    std::string peer;   // where from; 255 octets are kept
};

/// What one session deleted, kept out of sight.
struct Retirement {
    RetirementId id = 0;
    Timestamp at{};     // when it was deleted
    Timestamp until{};  // when it is deleted for good
    Deleter by;
    MaildropSize deleted;  // then
    MaildropSize left;     // what of it can be had back now
};

struct HiddenMessage {
    MessageId id = 0;
    std::uint64_t size = 0;
    std::string uidl;
};

/// An opened maildrop: an exclusive lease and a snapshot of its messages in arrival order, numbers fixed.
/// Destroying it releases the lease at once and deletes nothing. Not thread-safe, except that the completion of
/// delete_messages may come after destruction.
class Maildrop {
public:
    virtual ~Maildrop() = default;
    virtual std::span<const Entry> messages() const = 0;
    /// Appends the UIDL of messages()[index] to out: 1 to 70 octets 0x21-0x7E, unique in the maildrop, never reused.
    virtual void append_uidl(std::size_t index, std::string& out) const = 0;
    /// Blocking. Reads at most into.size() octets of the message from offset; returns the octets read.
    /// Errors: io, corrupt.
    virtual Result<std::size_t> read(const Entry& entry, std::uint64_t offset, std::span<char> into) = 0;
    /// As read(), but only what is in the page cache: busy when the disk would have to be waited for.
    virtual Result<std::size_t> read_cached(const Entry& entry, std::uint64_t offset, std::span<char> into) = 0;
    /// Deletes all of `ids` or, on an error, none; `done` is called once the deletion is durable.
    virtual void delete_messages(std::vector<MessageId> ids, std::function<void(Result<void>)> done) = 0;
    /// As delete_messages(), but they can be had back (MessageStore::restore) for as long as `keep`.
    virtual void retire_messages(std::vector<MessageId> ids, Deleter by, std::chrono::seconds keep,
                                 std::function<void(Result<RetirementId>)> done) = 0;
};

struct Statistics {
    std::uint64_t commits = 0, committed_octets = 0, syncs = 0, deletes = 0;
    std::uint64_t segments = 0, live_octets = 0, dead_octets = 0;
    std::uint64_t index_lag = 0;  // log records not yet in the index
    bool accepting = true;        // false after a disk fault that could not be undone
};

/// Thread-safe.
class MessageStore {
public:
    virtual ~MessageStore() = default;
    virtual Result<std::unique_ptr<Draft>> create_draft() = 0;
    /// Stores the draft in all maildrops or, on an error, in none; `done` is called once it is durable.
    /// Errors: no_space (nothing was stored; later commits succeed when space is back), io, invalid, unavailable.
    virtual void commit(std::unique_ptr<Draft> draft, Delivery delivery,
                        std::function<void(Result<Committed>)> done) = 0;
    /// Blocking for as long as the index lags for this maildrop. Sees everything committed before the call.
    /// Errors: busy (leased to another session), io, corrupt.
    virtual Result<std::unique_ptr<Maildrop>> open_maildrop(MaildropId maildrop) = 0;
    /// Blocking; without a lease: one message (to show an original). Errors: not_found, io, corrupt.
    virtual Result<std::string> read_message(MaildropId maildrop, MessageId id, std::uint64_t max_octets) = 0;
    /// Blocking; without a lease. Without what was retired. Cheap from the second time on, until something is deleted.
    virtual Result<MaildropSize> size_of(MaildropId maildrop) = 0;
    /// The same from memory, never blocking for long; nullopt when size_of() must be asked.
    virtual std::optional<MaildropSize> known_size(MaildropId) { return std::nullopt; }
    /// Blocking. Removes a maildrop and all its messages (the account is gone). Errors: busy (leased), io.
    virtual Result<void> remove_maildrop(MaildropId maildrop) = 0;
    /// Blocking; without a lease. What sessions deleted and nobody can see, latest first. Errors: io, unavailable,
    /// unsupported.
    virtual Result<std::vector<Retirement>> retirements(MaildropId maildrop);
    /// Blocking; without a lease: what of it is left. Errors: not_found, and as above.
    virtual Result<std::vector<HiddenMessage>> hidden_messages(MaildropId maildrop, RetirementId retirement);
    /// Blocking; without a lease: puts `ids` back where they were, with the UIDLs they had; all that is left if there
    /// are none. All or, on an error, none. Durable when it returns; sessions see it from the next login on.
    /// Errors: not_found (one of them is not hidden by this retirement), io, unavailable, unsupported.
    virtual Result<MaildropSize> restore(MaildropId maildrop, RetirementId retirement, std::vector<MessageId> ids);

    // For the program's own maildrops, which nobody logs in to: without a lease. Errors also: unsupported.
    /// Blocking. All its messages, in order of arrival. Errors: io, corrupt.
    virtual Result<std::vector<Entry>> list(MaildropId maildrop);
    /// Blocking. Errors: not_found, io, corrupt.
    virtual Result<Entry> find(MaildropId maildrop, MessageId id);
    /// Blocking. As Maildrop::read, also when the message was moved since the entry was made.
    virtual Result<std::size_t> read(MaildropId maildrop, const Entry& entry, std::uint64_t offset,
                                     std::span<char> into);
    /// Blocking. Deletes those that are there; durable when it returns. Errors: no_space, io, unavailable.
    virtual Result<void> remove_messages(MaildropId maildrop, std::vector<MessageId> ids);

    virtual Statistics statistics() const = 0;
};

}  // namespace restante::store
