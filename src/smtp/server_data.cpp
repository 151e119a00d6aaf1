// Messages: DATA, BDAT (RFC 3030), and what became of them.
#include <stdexcept>
#include <utility>

#include "smtp/server_machine.hpp"
#include "smtp/server_replies.hpp"

namespace restante::smtp {

Step ServerMachine::next_data() {
    for (;;) {
        if (decoder_->ended()) return finish_data();
        const auto bytes = input_.unused();
        if (bytes.empty()) return replies_.empty() ? Step(NeedInput{}) : flush();
        const auto piece = decoder_->decode(bytes);
        input_.consume(piece.consumed);
        if (!piece.data.empty() && !data_refusal_) return DataChunk{piece.data};
    }
}

Step ServerMachine::finish_data() {
    ++lines_;
    const DataDecoder::Fault fault = decoder_->fault();
    decoder_.reset();
    if (fault == DataDecoder::Fault::bare_newline) data_refusal_ = replies::message_bare_newline;
    if (fault == DataDecoder::Fault::too_large) data_refusal_ = replies::too_large;
    state_ = State::ready;
    delivering_ = envelope_.recipients.size();
    if (!data_refusal_) return await(Awaited::delivery, Deliver{});
    refuse_message();
    return DiscardData{};
}

void ServerMachine::refuse_data(Reply reply) {
    if (!data_refusal_) data_refusal_ = std::move(reply);
}

void ServerMachine::refuse_message() {
    say_for_each(*std::exchange(data_refusal_, std::nullopt), delivering_);
    reset_transaction();
}

/// RFC 2033 4.2: on LMTP every recipient has its own answer.
void ServerMachine::say_for_each(const Reply& reply, std::size_t recipients) {
    const std::size_t times = options_.kind == ServerOptions::Kind::lmtp ? recipients : 1;
    for (std::size_t i = 0; i < times; ++i) say(reply);
}

void ServerMachine::on_delivery(const Reply& outcome) {
    say_for_each(outcome, delivering_);
    reset_transaction();
}

void ServerMachine::resume_each(std::span<const Reply> outcomes) {
    if (std::exchange(awaited_, Awaited::nothing) != Awaited::delivery || outcomes.size() != delivering_ ||
        options_.kind != ServerOptions::Kind::lmtp)
        throw std::logic_error("not the outcomes that were awaited");
    for (const Reply& outcome : outcomes) say(outcome);
    reset_transaction();
}

/// The octets follow the command whatever is answered, so they are read even where it is refused; where their number
/// is not known or beyond reason, nothing but closing the connection keeps them from being taken for commands.
ServerMachine::Outcome ServerMachine::on_bdat(const Command& command) {
    const auto chunk = parse_bdat(command.argument);
    if (!options_.extensions.chunking) {
        close(replies::not_implemented, Close::Reason::protocol);
    } else if (!chunk) {
        close(replies::bad_chunk_size, Close::Reason::protocol);
    } else if (chunk->size > options_.max_discarded_chunk && chunk->size > options_.max_message_size) {
        close(replies::too_large, Close::Reason::protocol);
    } else {
        chunk_ = *chunk;
        chunk_refusal_ = objection(command);
        before_chunk_ = state_;
        if (!chunk_refusal_ && !chunks_) return await(Awaited::chunk, BeginData{});
        state_ = State::chunk;
    }
    return {};
}

void ServerMachine::begin_chunks(const Reply& outcome) {
    chunks_.emplace(options_.max_message_size, envelope_.body == message::Body::binary_mime);
    state_ = State::chunk;
    if (!outcome.positive()) data_refusal_ = outcome;
}

ServerMachine::Outcome ServerMachine::next_chunk() {
    while (chunk_.size > 0) {
        const auto bytes = input_.unused();
        if (bytes.empty()) return replies_.empty() ? Step(NeedInput{}) : flush();
        const std::string_view octets(bytes.data(), std::min<std::uint64_t>(bytes.size(), chunk_.size));
        input_.consume(octets.size());
        chunk_.size -= octets.size();
        if (chunk_refusal_) continue;
        const std::string_view text = chunks_->decode(octets);
        if (!text.empty() && !data_refusal_) return DataChunk{text};
    }
    return finish_chunk();
}

ServerMachine::Outcome ServerMachine::finish_chunk() {
    ++lines_;
    if (chunk_refusal_) {
        state_ = before_chunk_;
        refuse(*std::exchange(chunk_refusal_, std::nullopt));
        return {};
    }
    if (chunk_.last) chunks_->finish();
    const ChunkDecoder::Fault fault = chunks_->fault();
    if (fault == ChunkDecoder::Fault::bare_newline) data_refusal_ = replies::message_bare_newline;
    if (fault == ChunkDecoder::Fault::too_large) data_refusal_ = replies::too_large;
    if (chunk_.last || data_refusal_) return finish_chunks();
    state_ = State::chunks;
    say(replies::chunk_taken);
    return {};
}

/// A refusal ends the message: chunks that are under way already are out of order (RFC 3030 2).
ServerMachine::Outcome ServerMachine::finish_chunks() {
    state_ = State::ready;
    delivering_ = chunk_.last ? envelope_.recipients.size() : 1;
    if (data_refusal_) {
        refuse_message();
        return {};
    }
    chunks_.reset();
    return await(Awaited::delivery, Deliver{});
}

}  // namespace restante::smtp
