#include "store/store_model.hpp"

#include <algorithm>

namespace restante::store {

using State = ModelMessage::State;
using Fate = ModelMessage::Fate;

std::size_t StoreModel::begin(std::string bytes, std::set<MaildropId> maildrops, std::string delivery_id,
                              std::string uidl) {
    ModelMessage& message = messages_.emplace_back();
    message.bytes = std::move(bytes);
    message.wanted = std::move(maildrops);
    message.delivery_id = std::move(delivery_id);
    message.wanted_uidl = std::move(uidl);
    by_bytes_[message.bytes] = messages_.size() - 1;
    return messages_.size() - 1;
}

std::string StoreModel::answered(std::size_t number, const Result<Committed>& result, bool accepting) {
    ModelMessage& message = messages_[number];
    if (!result) {
        message.state = accepting ? State::refused : State::uncertain;
        return "";
    }
    const auto known = by_delivery_id_.find(message.delivery_id);
    if (result->duplicate) {
        message.state = State::refused;
        if (known == by_delivery_id_.end()) return "a new delivery was called a duplicate";
        return known->second == result->id ? "" : "a duplicate was given another id";
    }
    if (half_remembered_.erase(message.delivery_id) > 0)
        by_delivery_id_.erase(message.delivery_id);
    else if (known != by_delivery_id_.end())
        return "delivery " + message.delivery_id + " was stored twice";
    if (!message.delivery_id.empty()) by_delivery_id_[message.delivery_id] = result->id;
    message.state = State::stored;
    message.id = result->id;
    message.holders = message.wanted;
    return "";
}

void StoreModel::forgot_the_gone() {
    for (const auto& [delivery_id, id] : by_delivery_id_) {
        const ModelMessage* message = find(id);
        if (message == nullptr || (message->holders.empty() && message->hidden.empty()) || !message->doubtful.empty())
            half_remembered_.insert(delivery_id);
    }
    for (auto& [maildrop, uidls] : uidls_) {
        std::erase_if(uidls, [&, maildrop = maildrop](const auto& uidl) {
            const ModelMessage* message = find(uidl.second);
            return message == nullptr || !message->has(maildrop) || message->doubtful.contains(maildrop);
        });
    }
}

void StoreModel::cleared(MaildropId maildrop, bool accepting) {
    if (!accepting) {
        Change change{maildrop, ids_of(maildrop)};
        for (const ModelMessage& message : messages_) {
            if (message.hidden.contains(maildrop)) change.ids.push_back(message.id);
        }
        uncertain_changes_.push_back(std::move(change));
        return;
    }
    for (ModelMessage& message : messages_) {
        message.holders.erase(maildrop);
        message.hidden.erase(maildrop);
    }
    uidls_.erase(maildrop);
}

ModelMessage* StoreModel::find(MessageId id) {
    const auto found = std::find_if(messages_.begin(), messages_.end(), [id](const auto& message) {
        return message.state == State::stored && message.id == id;
    });
    return found == messages_.end() ? nullptr : &*found;
}

void StoreModel::begin_removal(MaildropId maildrop, const std::vector<MessageId>& ids) {
    waiting_changes_.push_back({maildrop, ids});
}

void StoreModel::begin_retirement(MaildropId maildrop, const std::vector<MessageId>& ids, Timestamp until) {
    waiting_changes_.push_back({maildrop, ids, Fate::hidden, until});
}

void StoreModel::answered(const Change& change, bool done, bool accepting) {
    const auto waiting = std::find_if(waiting_changes_.begin(), waiting_changes_.end(), [&](const Change& one) {
        return one.maildrop == change.maildrop && one.ids == change.ids;
    });
    if (waiting != waiting_changes_.end()) waiting_changes_.erase(waiting);
    if (!done && !accepting) uncertain_changes_.push_back(change);
}

void StoreModel::happened(const Change& change, RetirementId retirement) {
    for (const MessageId id : change.ids) {
        ModelMessage* message = find(id);
        if (message == nullptr) continue;
        message->holders.erase(change.maildrop);
        message->hidden.erase(change.maildrop);
        if (change.fate == Fate::hidden) message->hidden[change.maildrop] = {retirement, change.until};
        if (change.fate == Fate::shown) message->holders.insert(change.maildrop);
    }
}

void StoreModel::removal_answered(MaildropId maildrop, const std::vector<MessageId>& ids, const Result<void>& result,
                                  bool accepting) {
    const Change change{maildrop, ids};
    answered(change, result.has_value(), accepting);
    if (result) happened(change, 0);
}

void StoreModel::retirement_answered(MaildropId maildrop, const std::vector<MessageId>& ids, Timestamp until,
                                     const Result<RetirementId>& result, bool accepting) {
    const Change change{maildrop, ids, Fate::hidden, until};
    answered(change, result.has_value(), accepting);
    if (result) happened(change, *result);
}

void StoreModel::restored(MaildropId maildrop, const std::vector<MessageId>& ids, bool done, bool accepting) {
    const Change change{maildrop, ids, Fate::shown};
    answered(change, done, accepting);
    if (done) happened(change, 0);
}

void StoreModel::crashed() {
    for (ModelMessage& message : messages_) {
        if (message.state == State::waiting) message.state = State::uncertain;
    }
    uncertain_changes_.insert(uncertain_changes_.end(), waiting_changes_.begin(), waiting_changes_.end());
    waiting_changes_.clear();
    for (const Change& change : uncertain_changes_) {
        for (const MessageId id : change.ids) {
            if (ModelMessage* message = find(id)) message->doubtful[change.maildrop] = {change.fate, change.until};
        }
    }
}

std::string StoreModel::compare_one(MaildropId maildrop, const Seen& seen, ModelMessage& message) {
    if (message.id != seen.id) return "id " + std::to_string(seen.id) + " was " + std::to_string(message.id);
    auto& known = message.uidls[maildrop];
    if (known.empty()) {
        known = seen.uidl;
        if (seen.uidl.size() != 16 && seen.uidl != message.wanted_uidl)
            return "UIDL " + seen.uidl + " was not asked for";
        const auto [place, is_new] = uidls_[maildrop].try_emplace(seen.uidl, seen.id);
        if (!is_new && place->second != seen.id) return "UIDL " + seen.uidl + " is used twice";
    }
    return known == seen.uidl ? "" : "UIDL " + seen.uidl + " was " + known;
}

std::string StoreModel::compare(MaildropId maildrop, const std::vector<Seen>& seen) {
    const std::string where = " in maildrop " + std::to_string(maildrop);
    std::set<MessageId> there;
    MessageId last = 0;
    for (const Seen& one : seen) {
        if (one.id <= last) return "messages are out of order" + where;
        last = one.id;
        const auto found = by_bytes_.find(one.bytes);
        if (found == by_bytes_.end()) {
            return "message " + std::to_string(one.id) + " has bytes nobody gave it" + where + ": " +
                   std::to_string(one.bytes.size()) + " octets";
        }
        ModelMessage& message = messages_[found->second];
        if (message.state == State::uncertain) {
            // The first sight settles the id; settle() looks at the rest.
            if (message.id == 0) message.id = one.id;
            if (!message.wanted.contains(maildrop)) return "an unconfirmed message lies elsewhere" + where;
            found_[found->second].insert(maildrop);
        } else if (message.state != State::stored) {
            return "message " + std::to_string(one.id) + " was never confirmed" + where;
        } else if (!message.holders.contains(maildrop)) {
            const auto doubt = message.doubtful.find(maildrop);
            const bool may = doubt != message.doubtful.end() && doubt->second.fate == Fate::shown;
            if (!may) return "message " + std::to_string(one.id) + " came back" + where;
            message.hidden.erase(maildrop);
            message.holders.insert(maildrop);
        }
        if (auto wrong = compare_one(maildrop, one, message); !wrong.empty()) return wrong + where;
        there.insert(one.id);
    }
    for (ModelMessage& message : messages_) {
        if (message.state != State::stored || !message.holders.contains(maildrop) || there.contains(message.id))
            continue;
        const auto doubt = message.doubtful.find(maildrop);
        if (doubt == message.doubtful.end() || doubt->second.fate == Fate::shown)
            return "message " + std::to_string(message.id) + " is lost" + where;
        message.holders.erase(maildrop);
        if (doubt->second.fate == Fate::hidden) message.hidden[maildrop] = {0, doubt->second.until};
    }
    return "";
}

std::string StoreModel::compare_hidden(MaildropId maildrop, const std::vector<SeenHidden>& seen, Timestamp now) {
    const std::string where = " in maildrop " + std::to_string(maildrop);
    std::set<MessageId> there;
    for (const SeenHidden& one : seen) {
        ModelMessage* message = find(one.id);
        const std::string name = "hidden message " + std::to_string(one.id);
        if (message == nullptr || !message->hidden.contains(maildrop)) return name + " should not be there" + where;
        // Nobody heard the answer that named the retirement.
        ModelMessage::Hidden& hidden = message->hidden[maildrop];
        if (hidden.by == 0) hidden.by = one.by;
        if (hidden.by != one.by) return name + " is hidden by another retirement" + where;
        const auto uidl = message->uidls.find(maildrop);
        if (uidl != message->uidls.end() && uidl->second != one.uidl) return name + " has another UIDL" + where;
        there.insert(one.id);
    }
    for (ModelMessage& message : messages_) {
        const auto hidden = message.hidden.find(maildrop);
        if (message.state != State::stored || hidden == message.hidden.end() || there.contains(message.id)) continue;
        const auto doubt = message.doubtful.find(maildrop);
        const bool may_be_gone = doubt != message.doubtful.end() && doubt->second.fate == Fate::gone;
        if (hidden->second.until > now && !may_be_gone)
            return "hidden message " + std::to_string(message.id) + " is lost" + where;
        message.hidden.erase(hidden);
    }
    return "";
}

bool StoreModel::is_at(const ModelMessage& message, MaildropId maildrop, Fate fate) {
    if (fate == Fate::gone) return !message.has(maildrop);
    return (fate == Fate::hidden) == message.hidden.contains(maildrop) && message.has(maildrop);
}

std::string StoreModel::settle() {
    for (const Change& change : uncertain_changes_) {
        std::size_t before = 0;
        std::size_t after = 0;
        for (const MessageId id : change.ids) {
            const ModelMessage* message = find(id);
            if (message == nullptr || !message->doubtful.contains(change.maildrop)) continue;
            // What was hidden may have been purged since, which says nothing of this change.
            if (change.fate != Fate::gone && !message->has(change.maildrop)) continue;
            ++(is_at(*message, change.maildrop, change.fate) ? after : before);
        }
        if (before > 0 && after > 0) return "a change happened by half in maildrop " + std::to_string(change.maildrop);
    }
    uncertain_changes_.clear();
    for (std::size_t i = 0; i < messages_.size(); ++i) {
        ModelMessage& message = messages_[i];
        message.doubtful.clear();
        if (message.state != State::uncertain) continue;
        const auto found = found_.find(i);
        if (found == found_.end()) {
            message.state = State::refused;
            continue;
        }
        if (found->second != message.wanted)
            return "message " + std::to_string(message.id) + " reached some maildrops only";
        message.state = State::stored;
        message.holders = message.wanted;
        if (!message.delivery_id.empty()) by_delivery_id_[message.delivery_id] = message.id;
    }
    found_.clear();
    return "";
}

std::vector<MessageId> StoreModel::ids_of(MaildropId maildrop) const {
    std::vector<MessageId> out;
    for (const ModelMessage& message : messages_) {
        if (message.state == State::stored && message.holders.contains(maildrop)) out.push_back(message.id);
    }
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace restante::store
