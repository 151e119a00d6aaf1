#include "store/store_model.hpp"

#include <algorithm>

namespace restante::store {

using State = ModelMessage::State;

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
        if (message == nullptr || message->holders.empty() || !message->doubtful.empty())
            half_remembered_.insert(delivery_id);
    }
    for (auto& [maildrop, uidls] : uidls_) {
        std::erase_if(uidls, [&, maildrop = maildrop](const auto& uidl) {
            const ModelMessage* message = find(uidl.second);
            return message == nullptr || !message->holders.contains(maildrop) || message->doubtful.contains(maildrop);
        });
    }
}

void StoreModel::cleared(MaildropId maildrop, bool accepting) {
    if (!accepting) {
        uncertain_removals_.push_back({maildrop, ids_of(maildrop)});
        return;
    }
    for (ModelMessage& message : messages_) {
        message.holders.erase(maildrop);
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
    waiting_removals_.push_back({maildrop, ids});
}

void StoreModel::removal_answered(MaildropId maildrop, const std::vector<MessageId>& ids, const Result<void>& result,
                                  bool accepting) {
    const auto waiting = std::find_if(waiting_removals_.begin(), waiting_removals_.end(), [&](const Removal& removal) {
        return removal.maildrop == maildrop && removal.ids == ids;
    });
    if (waiting != waiting_removals_.end()) waiting_removals_.erase(waiting);
    if (!result && !accepting) uncertain_removals_.push_back({maildrop, ids});
    if (!result) return;
    for (const MessageId id : ids) {
        if (ModelMessage* message = find(id)) message->holders.erase(maildrop);
    }
}

void StoreModel::crashed() {
    for (ModelMessage& message : messages_) {
        if (message.state == State::waiting) message.state = State::uncertain;
    }
    uncertain_removals_.insert(uncertain_removals_.end(), waiting_removals_.begin(), waiting_removals_.end());
    waiting_removals_.clear();
    for (const Removal& removal : uncertain_removals_) {
        for (const MessageId id : removal.ids) {
            if (ModelMessage* message = find(id)) message->doubtful.insert(removal.maildrop);
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
            return "message " + std::to_string(one.id) + " came back" + where;
        }
        if (auto wrong = compare_one(maildrop, one, message); !wrong.empty()) return wrong + where;
        there.insert(one.id);
    }
    for (ModelMessage& message : messages_) {
        if (message.state != State::stored || !message.holders.contains(maildrop) || there.contains(message.id))
            continue;
        if (!message.doubtful.contains(maildrop)) return "message " + std::to_string(message.id) + " is lost" + where;
        message.holders.erase(maildrop);
    }
    return "";
}

std::string StoreModel::settle() {
    for (const Removal& removal : uncertain_removals_) {
        std::size_t left = 0;
        std::size_t gone = 0;
        for (const MessageId id : removal.ids) {
            const ModelMessage* message = find(id);
            if (message == nullptr || !message->doubtful.contains(removal.maildrop)) continue;
            ++(message->holders.contains(removal.maildrop) ? left : gone);
        }
        // Another removal of the same session may have taken some of them before; those are no holders either.
        if (left > 0 && gone > 0) return "a deletion happened by half in maildrop " + std::to_string(removal.maildrop);
    }
    uncertain_removals_.clear();
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
