#pragma once
// The messages of one maildrop in arrival order, as the index and the log give them.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/log_writer.hpp"
#include "store/record.hpp"
#include "store/store.hpp"

namespace restante::store {

/// A durable log record and where it lies. `sequence` counts the records of this run of the program.
struct Logged {
    std::uint64_t sequence = 0;
    Record record;
    Position at;
    std::uint64_t body_offset = 0;
    std::uint64_t length = 0;

    /// Where readers find the message.
    Entry entry() const;
};

/// What the maildrop shows, with ascending ids. Imported UIDLs stand beside them, as most maildrops have none.
struct MaildropRows {
    std::vector<Entry> entries;
    std::vector<std::pair<MessageId, std::string>> uidls;  // ascending ids

    /// Applying a record again changes nothing, as long as all later records are applied again too. `maildrop`: whose
    /// rows these are.
    void apply(const Logged& logged, MaildropId maildrop);
    const Entry* find(MessageId id) const;
    void append_uidl(MessageId id, std::string& out) const;
    std::size_t memory() const;

private:
    void put(const Entry& entry, const std::string& uidl, bool moved);
    void move(const Logged& logged, MaildropId maildrop);
    void remove(std::vector<MessageId> ids);
    void clear_up_to(MessageId id);
};

/// The UIDL of a message that was not imported with one: 16 octets of 0-9a-f.
std::string uidl_of(MessageId id);
/// The id whose UIDL this would be.
std::optional<MessageId> id_of_uidl(std::string_view uidl);

}  // namespace restante::store
