#pragma once
// What a delivery status notification says (RFC 3464). Pure; any bytes can be given.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "message/message.hpp"

namespace restante::mda {

struct FailedRecipient {
    std::string address;     // lower case; who was written to (Original-Recipient), else who failed
    std::string status;      // "5.1.1"; may be empty
    std::string diagnostic;  // one line; may be empty
};

/// Those whose mail was given up, at most 1,000; none: the report is about delays or success. nullopt: no such report.
std::optional<std::vector<FailedRecipient>> failed_recipients(std::string_view bytes, const message::Message& message);

}  // namespace restante::mda
