#pragma once
// What a store must hold, kept as simply as possible: every message in a map.
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "store/store.hpp"

namespace restante::store {

/// A message that was given to commit(). Its bytes are unlike any other's.
struct ModelMessage {
    enum class State {
        waiting,    // not answered yet
        stored,     // confirmed
        refused,    // answered with an error: must not be there
        uncertain,  // nobody knows, until the store is opened again
    };
    State state = State::waiting;
    std::string bytes;  // with the prefix
    std::string delivery_id;
    std::string wanted_uidl;
    std::set<MaildropId> wanted;   // maildrops it was for
    std::set<MaildropId> holders;  // maildrops that show it now
    struct Hidden {
        RetirementId by = 0;
        Timestamp until{};
    };
    std::map<MaildropId, Hidden> hidden;  // maildrops that have it, but hide it; from `until` on it may be gone
    /// What may have become of it there: something was begun, nobody knows whether it happened.
    enum class Fate { gone, hidden, shown };
    struct Doubt {
        Fate fate;
        Timestamp until{};  // of Fate::hidden
    };
    std::map<MaildropId, Doubt> doubtful;
    bool has(MaildropId maildrop) const { return holders.contains(maildrop) || hidden.contains(maildrop); }
    MessageId id = 0;
    std::map<MaildropId, std::string> uidls;  // as seen
};

/// A maildrop as a reader saw it.
struct Seen {
    MessageId id = 0;
    std::string uidl;
    std::string bytes;
};

/// A hidden message as the store lists it.
struct SeenHidden {
    MessageId id = 0;
    RetirementId by = 0;
    std::string uidl;
};

class StoreModel {
public:
    /// Index of the new message.
    std::size_t begin(std::string bytes, std::set<MaildropId> maildrops, std::string delivery_id, std::string uidl);
    /// Returns what is wrong with the answer, empty if nothing.
    std::string answered(std::size_t message, const Result<Committed>& result, bool accepting);
    void begin_removal(MaildropId maildrop, const std::vector<MessageId>& ids);
    void removal_answered(MaildropId maildrop, const std::vector<MessageId>& ids, const Result<void>& result,
                          bool accepting);
    void cleared(MaildropId maildrop, bool accepting);
    void begin_retirement(MaildropId maildrop, const std::vector<MessageId>& ids, Timestamp until);
    void retirement_answered(MaildropId maildrop, const std::vector<MessageId>& ids, Timestamp until,
                             const Result<RetirementId>& result, bool accepting);
    /// restore() was called and returned.
    void restored(MaildropId maildrop, const std::vector<MessageId>& ids, bool done, bool accepting);
    /// The program ended: what waits becomes uncertain.
    void crashed();

    /// The index was lost: what is no longer in the log is not remembered either, delivery ids and UIDLs.
    void forgot_the_gone();

    /// Compares; takes as true what was uncertain. Returns what is wrong, empty if nothing.
    std::string compare(MaildropId maildrop, const std::vector<Seen>& seen);
    /// The same for what is hidden; after compare().
    std::string compare_hidden(MaildropId maildrop, const std::vector<SeenHidden>& seen, Timestamp now);
    /// After compare() of all maildrops following a start: is every uncertain delivery in all its maildrops or in none,
    /// and every uncertain deletion whole?
    std::string settle();

    const std::vector<ModelMessage>& messages() const { return messages_; }
    std::vector<MessageId> ids_of(MaildropId maildrop) const;

private:
    /// Something that happens to all of its messages or to none.
    struct Change {
        MaildropId maildrop;
        std::vector<MessageId> ids;
        ModelMessage::Fate fate = ModelMessage::Fate::gone;
        Timestamp until{};
    };
    void answered(const Change& change, bool done, bool accepting);
    void happened(const Change& change, RetirementId retirement);
    static bool is_at(const ModelMessage& message, MaildropId maildrop, ModelMessage::Fate fate);
    ModelMessage* find(MessageId id);
    std::string compare_one(MaildropId maildrop, const Seen& seen, ModelMessage& message);

    std::vector<ModelMessage> messages_;
    std::map<std::string, std::size_t> by_bytes_;
    std::map<std::string, MessageId> by_delivery_id_;
    std::set<std::string> half_remembered_;  // delivery ids that may be known or not
    std::vector<Change> waiting_changes_;
    std::vector<Change> uncertain_changes_;
    std::map<MaildropId, std::map<std::string, MessageId>> uidls_;  // ever seen
    std::map<std::size_t, std::set<MaildropId>> found_;             // uncertain messages seen after a start
};

}  // namespace restante::store
