#pragma once
// The bytes of a queued message on their way out.
#include <string>

#include "net/work_pool.hpp"
#include "relay/queue.hpp"

namespace restante::relay {

/// Reads in pieces, so that a large message is never in memory as a whole. Used by one coroutine.
class Content {
public:
    Content(Queue& queue, net::WorkPool& pool, const MailFacts& mail) : queue_(queue), pool_(pool), mail_(mail) {}

    /// Looks at all of it. Errors: not_found, io, corrupt.
    net::Task<Result<void>> scan();
    bool eight_bit() const { return eight_bit_; }
    bool eight_bit_header() const { return eight_bit_header_; }

    /// From the beginning; empty at the end.
    net::Task<Result<std::string>> next();
    void rewind() { offset_ = 0; }
    /// The first octets, at most `most`.
    net::Task<Result<std::string>> head(std::size_t most);

private:
    Result<void> look();
    Result<std::string> read(std::uint64_t offset, std::size_t most);

    Queue& queue_;
    net::WorkPool& pool_;
    const MailFacts& mail_;
    std::uint64_t offset_ = 0;
    std::string small_;  // all of it, if it is one piece
    bool eight_bit_ = false, eight_bit_header_ = false;
};

}  // namespace restante::relay
