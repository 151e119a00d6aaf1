#pragma once
// Replies as a client reads them (RFC 5321 4.2): single and multi-line, bounded, a bare LF tolerated as line end.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "smtp/reply.hpp"

namespace restante::smtp {

class ReplyReader {
public:
    struct Limits {
        std::size_t line = 4096;  // octets; RFC 5321 4.5.3.1.5 says 512, some servers write more
        std::size_t lines = 200;
    };

    explicit ReplyReader(const Limits& limits) : limits_(limits) {}
    ReplyReader() : ReplyReader(Limits{}) {}

    void feed(std::string_view bytes) { input_ += bytes; }
    /// The next whole reply. Text lines are joined with '\n'; the enhanced code is taken from them if its class fits.
    std::optional<Reply> next();
    /// The peer does not speak SMTP, or has no end; next() gives nothing any more.
    bool broken() const { return broken_; }
    /// Something was received that no reply has been made of.
    bool pending() const { return !input_.empty() || lines_ > 0; }
    void clear();

private:
    bool take_line(std::string_view line);  // true at the last line of a reply

    Limits limits_;
    std::string input_;
    Reply reply_;
    std::size_t lines_ = 0;
    bool broken_ = false;
};

}  // namespace restante::smtp
