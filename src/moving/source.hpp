#pragma once
// A mailbox of another server, as something to be copied.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace restante::moving {

struct SourceMessage {
    /// The same in every run, unique in the mailbox: a second run imports nothing twice by it.
    std::string key;
    /// As its POP3 server gives it out; empty: the server never gave one out, or it is not known.
    std::string uidl;
    /// As LIST says it, where that is known without reading the message; 0: not known.
    std::uint64_t octets = 0;
    Timestamp received_at{};
    std::string name;  // for a person: a file's name, "message 17"
};

struct SourceListing {
    std::vector<SourceMessage> messages;  // in the order in which POP3 lists them
    std::vector<std::string> notes;       // what a person should know: folders left out, unreadable files
    std::uint64_t left_out = 0;           // messages in other folders
};

/// Blocking; used by one thread at a time.
class Source {
public:
    virtual ~Source() = default;
    /// Once, first.
    virtual Result<SourceListing> list() = 0;
    /// The message in pieces, line ends as they lie there. An error of `take` ends it and is handed on; another one
    /// means that the message cannot be read, not that the source is at its end, unless its kind is unavailable.
    virtual Result<void> read(const SourceMessage& message, const std::function<Result<void>(std::string_view)>& take) = 0;
};

}  // namespace restante::moving
