#pragma once
// The seam to whoever tells senders that their mail has arrived (RFC 3461 4.1: NOTIFY=SUCCESS).
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "message/envelope.hpp"

namespace restante::mda {

class Receipts {
public:
    struct Arrival {
        message::Envelope envelope;                   // its reverse-path is who is told
        std::vector<message::Recipient> recipients{};  // those who asked for it, and have it
        std::string head{};                           // beginning of the message, with its header
        std::string delivery_id{};                    // as Origin::delivery_id: told once
        Timestamp at{};
    };
    virtual ~Receipts() = default;
    /// Blocking, thread-safe. The report is durable when this returns; what keeps it from being so is logged.
    virtual void delivered(const Arrival& arrival) = 0;
};

}  // namespace restante::mda
