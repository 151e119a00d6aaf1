#include "mta/replies.hpp"

namespace restante::mta::replies {
namespace {

/// What passes, but for a mailbox that stays full.
smtp::Reply temporary(const Error& error) {
    switch (error.kind) {
        case ErrorKind::no_space:
            return {452, {4, 3, 1}, "Not enough disk space; try again later"};
        case ErrorKind::over_quota:
            if (error.retry == Retry::never) return {552, {5, 2, 2}, "The mailbox is full"};
            return {452, {4, 2, 2}, "The mailbox is full; try again later"};
        case ErrorKind::busy:
        case ErrorKind::unavailable:
            return {451, {4, 3, 2}, "The server is too busy; try again later"};
        default:
            return {451, {4, 3, 0}, "Local error; try again later"};
    }
}

/// Forms in which old relays were told the next hop inside the local part.
bool names_another_hop(const message::Address& address) {
    return address.local_part.find_first_of("@%!") != std::string::npos;
}

smtp::Reply no_relaying(smtp::ServerOptions::Kind kind) {
    if (kind == smtp::ServerOptions::Kind::submission)
        return {550, {5, 7, 1}, "This server delivers to its own domains only; it does not send to other servers"};
    return {550, {5, 7, 1}, "Relaying denied: not a domain of this server"};
}

}  // namespace

smtp::Reply sender_taken() { return {250, {2, 1, 0}, "Sender OK"}; }
smtp::Reply sender_not_yours() { return {553, {5, 7, 1}, "Not your address: send with one of your own"}; }
smtp::Reply sender_too_fast() { return {450, {4, 7, 1}, "Too many messages from your address; slow down"}; }
smtp::Reply sending_limit() {
    return {450, {4, 7, 1}, "The limit of what you may send in an hour is reached; the administrators have been told"};
}
smtp::Reply from_not_yours() { return {550, {5, 7, 1}, "From is not your address: send with one of your own"}; }
smtp::Reply several_from() { return {550, {5, 6, 0}, "A message has one From field, and a short one"}; }
smtp::Reply no_from_address() { return {550, {5, 6, 0}, "From has no address that can be read"}; }
smtp::Reply mail_loop() { return {554, {5, 4, 6}, "Mail loop: the message has passed too many servers"}; }
smtp::Reply reserved_domain() { return {550, {5, 1, 2}, "No mail can ever reach a domain of that name"}; }
smtp::Reply lasted_too_long(std::string_view host_name) {
    return {421, {4, 4, 2}, std::string(host_name) + " The session has lasted long enough; connect again"};
}
smtp::Reply recipient_taken() { return {250, {2, 1, 5}, "Recipient OK"}; }

smtp::Reply recipient_refused(const Error& error, const message::Address& recipient, smtp::ServerOptions::Kind kind) {
    switch (error.kind) {
        case ErrorKind::denied:
            return no_relaying(kind);
        case ErrorKind::not_found:
            if (names_another_hop(recipient)) return no_relaying(kind);
            return {550, {5, 1, 1}, "No such mailbox here"};
        case ErrorKind::unsupported:
            return {550, {5, 7, 1}, "The address leads to another server, and this one does not forward"};
        case ErrorKind::invalid:
            return {550, {5, 4, 6}, "The address leads back to itself"};
        default:
            return temporary(error);
    }
}

smtp::Reply data_wanted() { return {354, {}, "Go ahead; end with a dot on a line of its own"}; }
smtp::Reply draft_failed(const Error& error) { return temporary(error); }
smtp::Reply header_too_large() { return {552, {5, 3, 4}, "The header section is larger than this server takes"}; }

smtp::Reply not_authenticated() {  // RFC 7372 3.3
    return {550, {5, 7, 26}, "The author's domain does not vouch for this message (DMARC)"};
}

smtp::Reply is_spam() {
    return {550, {5, 7, 1}, "This message looks like spam to this server; if it is not, write to its postmaster"};
}

smtp::Reply accepted(std::string_view id) { return {250, {2, 6, 0}, "Message stored; queued as " + std::string(id)}; }

smtp::Reply delivery_failed(const Error& error) {
    switch (error.kind) {
        case ErrorKind::too_large:
            return {552, {5, 3, 4}, "Message larger than this server takes"};
        case ErrorKind::protocol:
            return mail_loop();
        case ErrorKind::not_found:
            return {550, {5, 1, 1}, "Nobody of the recipients can be delivered to"};
        case ErrorKind::denied:
            return {550, {5, 7, 1}, "Not permitted"};
        default:
            return temporary(error);
    }
}

smtp::Reply welcome() { return {235, {2, 7, 0}, "Authentication successful"}; }

smtp::Reply login_malformed() { return {501, {5, 5, 2}, "Malformed authentication message"}; }

smtp::Reply login_refused(const Error& error) {
    if (error.kind == ErrorKind::unauthenticated || error.kind == ErrorKind::denied)
        return {535, {5, 7, 8}, "Wrong name or password"};
    if (error.kind == ErrorKind::busy) return {454, {4, 7, 0}, "Too many wrong passwords lately; try again later"};
    return {454, {4, 7, 0}, "Logins cannot be checked now; try again later"};
}

std::string timed_out(std::string_view host_name) {
    return "421 4.4.2 " + std::string(host_name) + " Too slow or idle for too long; closing connection\r\n";
}
std::string broken(std::string_view host_name) {
    return "421 4.3.0 " + std::string(host_name) + " Local error; closing connection\r\n";
}
std::string not_served(std::string_view host_name) {
    return "554 5.7.1 " + std::string(host_name) + " No service for your address here\r\n";
}
std::string too_many_connections(std::string_view host_name) {
    return "421 4.3.2 " + std::string(host_name) + " Too many connections; try again later\r\n";
}

}  // namespace restante::mta::replies
