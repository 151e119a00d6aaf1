#pragma once
// The queue's rows in the relational database. All functions run inside the caller's transaction. Every look-up that
// happens per turn follows an index; those for people may not.
#include <span>
#include <vector>

#include "db/session.hpp"
#include "relay/types.hpp"

namespace restante::relay::tables {

std::span<const db::Migration> migrations();

/// A mail with its recipients, unless it is known already.
Result<void> add(db::Session& session, const MailFacts& mail, const std::vector<message::Recipient>& recipients,
                 const Options& options);

/// Destinations that are due and not paused, the longest due first.
Result<std::vector<DueDestination>> due_destinations(db::Session& session, Timestamp now, std::size_t limit);
/// Recipients of one that are due, the longest due first, grouped by mail.
Result<std::vector<Work>> due(db::Session& session, const std::string& domain, Timestamp now, std::size_t limit);
/// Recipients whose sender has to be told something now (delayed or given up), grouped by mail.
Result<std::vector<Work>> overdue(db::Session& session, Timestamp now, std::size_t limit);

/// Done with it, whatever came of it. The mail is done with its last recipient: finished() finds it then.
Result<void> remove(db::Session& session, const Item& item);
Result<void> defer(db::Session& session, const Item& item, Timestamp until, const std::string& why);
/// When the sender is next told; the epoch's end: never.
Result<void> look_again(db::Session& session, const Item& item, Timestamp at);

/// After an attempt: nothing came of it, or something did.
Result<void> destination_failed(db::Session& session, const std::string& domain, Timestamp next,
                                const std::string& why);
Result<void> destination_well(db::Session& session, const std::string& domain);
/// Nothing of it was due after all: looks anew what it waits for. One without recipients is forgotten.
Result<void> destination_idle(db::Session& session, const std::string& domain);

/// Mails without a recipient left: to be removed from the store, then forget() them.
Result<std::vector<store::MessageId>> finished(db::Session& session, std::size_t limit);
Result<void> forget(db::Session& session, store::MessageId mail);
/// All mails there are rows for, ascending.
Result<std::vector<store::MessageId>> known(db::Session& session);
Result<std::uint64_t> waiting(db::Session& session);

// For administrators.
Result<std::vector<QueuedRecipient>> list(db::Session& session, const Selection& which, store::MessageId after_mail,
                                          std::int64_t after_number, std::size_t limit);
Result<std::vector<Destination>> destinations(db::Session& session);
Result<std::int64_t> hold(db::Session& session, const Selection& which, bool held);
Result<std::int64_t> retry(db::Session& session, const Selection& which, Timestamp now);
Result<std::int64_t> drop(db::Session& session, const Selection& which);
/// Makes overdue() find them as given up.
Result<std::int64_t> expire(db::Session& session, const Selection& which);
Result<void> pause(db::Session& session, const std::string& domain, bool paused);

}  // namespace restante::relay::tables
