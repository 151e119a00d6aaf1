#pragma once
// One change on its way into the log.
#include <functional>
#include <optional>

#include "store/log_writer.hpp"

namespace restante::store {

struct Operation {
    Outgoing out;
    /// Not to be written any more: only to be answered, on a thread of the store.
    std::optional<Result<Committed>> settled;
    bool closes_segment = false;  // no record: what comes next goes into a new segment
    /// Gets the id of the message or retirement, 0 for other changes.
    std::function<void(Result<Committed>)> done;
    std::uint64_t cost = 0;  // octets of memory it holds until it is written

    void settle(Result<Committed> answer) {
        settled = std::move(answer);
        out = {};
    }
};

}  // namespace restante::store
