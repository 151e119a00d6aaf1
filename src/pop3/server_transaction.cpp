// TRANSACTION state of the server machine: STAT, LIST, UIDL, RETR, TOP, DELE, RSET.
#include "pop3/server_machine.hpp"

namespace restante::pop3 {

/// Index of the message a command names; otherwise says why not.
std::optional<std::size_t> ServerMachine::message(const Command& command) {
    if (command.number == 0 || command.number > listing_->count()) {
        append_refusal(output_, says::no_such_message);
        return std::nullopt;
    }
    const auto index = static_cast<std::size_t>(command.number - 1);
    if (!is_deleted(index)) return index;
    append_refusal(output_, says::deleted_message);
    return std::nullopt;
}

void ServerMachine::count_octets() {
    if (octets_) return;
    octets_ = 0;
    for (std::size_t i = 0; i < listing_->count(); ++i)
        if (!is_deleted(i)) *octets_ += listing_->octets(i);
}

void ServerMachine::stat() {
    count_octets();
    append_number(output_ += "+OK ", live_);
    append_number(output_ += ' ', *octets_);
    output_ += "\r\n";
}

void ServerMachine::list(const Command& command) {
    multi_ = command.verb == Verb::list ? Multi::list : Multi::uidl;
    if (!command.has_number) {
        at_ = 0;
        append_number(output_ += "+OK ", live_);
        output_ += live_ == 1 ? " message\r\n" : " messages\r\n";
        return;  // next() goes on with the lines
    }
    const bool uidl = multi_ == Multi::uidl;
    multi_ = Multi::none;
    const auto index = message(command);
    if (!index) return;
    append_number(output_ += "+OK ", *index + 1);
    output_ += ' ';
    if (uidl)
        listing_->append_uidl(*index, output_);
    else
        append_number(output_, listing_->octets(*index));
    output_ += "\r\n";
}

/// One line per message; false when the output should be written first, however many messages there are.
bool ServerMachine::go_on_listing() {
    const std::size_t count = listing_->count();
    for (; at_ < count; ++at_) {
        if (output_.size() >= options_.flush_at) return false;
        if (is_deleted(at_)) continue;
        append_number(output_, at_ + 1);
        output_ += ' ';
        if (multi_ == Multi::uidl)
            listing_->append_uidl(at_, output_);
        else
            append_number(output_, listing_->octets(at_));
        output_ += "\r\n";
    }
    output_ += ".\r\n";
    multi_ = Multi::none;
    return true;
}

ServerMachine::Handled ServerMachine::read(const Command& command) {
    const auto index = message(command);
    if (!index) return std::nullopt;
    ReadMessage step{*index, std::nullopt};
    retrieved_octets_.reset();
    if (command.verb == Verb::top)
        step.body_lines = command.lines;
    else
        retrieved_octets_ = listing_->octets(*index);
    return wait_for(Pending::message, step);
}

void ServerMachine::dele(const Command& command) {
    const auto index = message(command);
    if (!index) return;
    if (deleted_.empty()) deleted_.resize(listing_->count());
    deleted_[*index] = true;
    --live_;
    if (octets_) *octets_ -= listing_->octets(*index);
    append_ok(output_, "Marked as deleted");
}

void ServerMachine::rset() {
    deleted_.clear();
    octets_.reset();
    live_ = listing_->count();
    append_ok(output_, "");
}

}  // namespace restante::pop3
