#pragma once
// Delivery status notifications: what a sender is told (RFC 3461, 3462/6522, 3464; 6533 where addresses are UTF-8).
// Pure.
#include <string>
#include <vector>

#include "relay/types.hpp"

namespace restante::relay {

enum class Notice { failed, delayed, relayed, delivered };

/// One recipient of a notification.
struct Fate {
    message::Recipient recipient;
    std::string status;  // "5.1.1"
    std::string reason;  // what happened, for people; one line
    std::string host;    // of the server that said so; empty: it was decided here
    std::string reply;   // its words, "550 5.1.1 No such user"; empty: none
};

struct Report {
    Notice notice = Notice::failed;
    std::string host_name;  // of this server
    MailFacts mail;         // its reverse-path is who is told: not the null one
    std::vector<Fate> fates;
    std::string original;  // its header section, or all of it
    bool whole = false;    // original is all of it
    Timestamp now{};
    Timestamp until{};       // delayed: when it is given up
    std::string message_id;  // without angle brackets
    std::string boundary;    // occurs nowhere in the original
};

/// The message, CRLF lines, to be sent with the null reverse-path.
std::string write_report(const Report& report);

/// Does the sender want to hear this? (RFC 3461 4.1; never to the null reverse-path: RFC 5321 4.5.5)
bool wanted(Notice notice, const message::Envelope& envelope, const message::Notify& notify);

/// The header section of a message with the line end of its last field; all of it if there is no body.
std::string header_section(const std::string& message);

}  // namespace restante::relay
