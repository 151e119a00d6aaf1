#pragma once
// Mail that waits to be sent: written in the transaction that caused it, sent by the relay afterwards.
// It lies in the relational database (not in the message store's index), tables of module "outbox".
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "db/database.hpp"

namespace restante::store {

using OutboxId = std::int64_t;

struct OutgoingMail {
    std::string reverse_path;             // without angle brackets; empty: the null reverse-path
    std::vector<std::string> recipients;  // forward-paths without angle brackets; at least one
    std::string bytes;                    // the message, lines ending in CRLF
    Timestamp not_before{};               // earliest time to send; the epoch: at once
    /// Deterministic id of the event ("comment:12:user:3"): a second enqueue() with the same key adds nothing, not even
    /// after the first mail was sent. Empty: every call adds a mail.
    std::string key;
};

struct WaitingMail {
    OutboxId id = 0;
    OutgoingMail mail;
    Timestamp queued_at{};
    int attempts = 0;        // that ended in postpone()
    std::string last_error;  // of the last of them
};

/// Thread-safe. Blocking. A mail stays until done(), so that it is sent at least once; the relay gives every delivery
/// the id "outbox:<id>", so that a local maildrop gets it once. Errors: as db::Session.
class Outbox {
public:
    /// Longest memory of keys after done().
    struct Options {
        std::chrono::hours key_memory{30 * 24};
    };
    Outbox(db::Database& database, const Clock& clock, IdSource& ids, Options options)
        : database_(database), clock_(clock), ids_(ids), options_(options) {}
    Outbox(db::Database& database, const Clock& clock, IdSource& ids) : Outbox(database, clock, ids, Options()) {}

    /// Its tables, for db::Database::migrate() at start.
    static std::span<const db::Migration> migrations();

    /// Inside the caller's transaction. Returns the mail's id, the first one's if the key is known.
    /// Errors also: invalid (no recipient, or a line break in an address).
    Result<OutboxId> enqueue(db::Session& session, const OutgoingMail& mail);
    /// The same in a transaction of its own.
    Result<OutboxId> enqueue(const OutgoingMail& mail);

    /// Mails to be sent at `now`, the longest due first.
    Result<std::vector<WaitingMail>> due(Timestamp now, std::size_t limit);
    /// When the next mail becomes due; nullopt: none waits.
    Result<std::optional<Timestamp>> next_due();
    Result<std::uint64_t> size();

    /// Sent, or given up: never due again. Repeating it changes nothing.
    Result<void> done(OutboxId id);
    /// To be tried again at `when`, for `remaining` recipients only (empty: all as before). Nothing happens if it is
    /// done.
    Result<void> postpone(OutboxId id, Timestamp when, const std::string& error,
                          const std::vector<std::string>& remaining = {});

private:
    db::Database& database_;
    const Clock& clock_;
    IdSource& ids_;
    const Options options_;
};

}  // namespace restante::store
