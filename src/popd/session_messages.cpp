// Of a session: sending messages.
#include "net/work_pool.hpp"
#include "pop3/dot_codec.hpp"
#include "pop3/surrogate.hpp"
#include "popd/refusals.hpp"
#include "popd/session.hpp"

namespace restante::popd {

/// From the page cache at once; only what is not there is worth a thread.
net::Task<Result<std::size_t>> Session::read_message(const store::Entry& entry, std::uint64_t offset,
                                                     std::span<char> into) {
    auto got = maildrop_->read_cached(entry, offset, into);
    if (got || got.error().kind != ErrorKind::busy) co_return got;
    co_return co_await shared_.surroundings.work.run([&] { return maildrop_->read(entry, offset, into); });
}

/// At most one chunk and one flush of output in memory, whatever the message's size.
net::Task<bool> Session::perform(const pop3::ReadMessage& step) {
    const store::Entry& entry = entries_[place(step.index)];
    pop3::DotStuffer stuffer(step.body_lines);
    // TOP seldom needs more than the header.
    constexpr std::size_t top_chunk = 8 * 1024;
    const std::size_t most =
        step.body_lines ? std::min(top_chunk, shared_.options.read_chunk) : shared_.options.read_chunk;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(entry.size, most));
    if (chunk_size_ < wanted) {
        chunk_.reset(new char[wanted]);
        chunk_size_ = wanted;
    }
    std::uint64_t offset = 0;
    pop3::Surrogate surrogate;  // RFC 6856 2.1
    bool as_stored = machine_.utf8_enabled();
    if (entry.size == 0) machine_.begin_message();
    for (bool more = true; more && offset < entry.size;) {
        const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, entry.size - offset));
        auto got = co_await read_message(entry, offset, {chunk_.get(), length});
        if (got && *got == 0) got = fail(ErrorKind::corrupt, "the message ends before its size");
        if (!got) {
            shared_.surroundings.log.error(
                "pop3.read_failed", {{"account", account_name_}, {"message", entry.id}, {"error", got.error().detail}});
            failed(watch::Cause::server_fault, got.error().detail);
            if (offset > 0) co_return false;  // half a message is out: only a closed connection can say so
            machine_.refuse(refuse_message(got.error()));
            co_return true;
        }
        if (offset == 0) machine_.begin_message();
        if (!as_stored) {
            *got = surrogate.write({chunk_.get(), *got}, offset + *got == entry.size);
            as_stored = surrogate.done();
        }
        offset += *got;
        std::string& out = machine_.output();
        out.reserve(out.size() + *got + *got / 64 + 64);
        more = stuffer.write({chunk_.get(), *got}, out);
        if (out.size() < shared_.options.protocol.flush_at) continue;
        const bool taken = co_await flush();
        if (!taken) co_return false;
    }
    stuffer.finish(machine_.output());
    machine_.end_message();
    octets_ += offset;
    shared_.counters.octets.add(offset);
    if (!step.body_lines) {
        ++messages_;
        shared_.counters.messages.add();
    }
    co_return true;
}

}  // namespace restante::popd
