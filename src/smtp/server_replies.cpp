#include "smtp/server_replies.hpp"

namespace restante::smtp::replies {

std::string greeting(const ServerOptions& options) { return "220 " + options.host_name + " ESMTP Restante\r\n"; }

std::string ehlo(const ServerOptions& options, bool tls, std::string_view mechanisms) {
    std::string text =
        options.host_name + "\nPIPELINING\nSIZE " + std::to_string(options.max_message_size) + "\n8BITMIME";
    if (options.starttls && !tls) text += "\nSTARTTLS";
    if (!mechanisms.empty()) text.append("\nAUTH ").append(mechanisms);
    return to_wire({250, {}, text + "\nENHANCEDSTATUSCODES"});
}

Reply helo(const ServerOptions& options) { return {250, {}, options.host_name}; }
Reply goodbye(const ServerOptions& options) { return {221, {2, 0, 0}, options.host_name + " closing connection"}; }
Reply too_many_errors(const ServerOptions& options) {
    return {421, {4, 7, 0}, options.host_name + " Too many errors; closing connection"};
}
Reply shutting_down(const ServerOptions& options) {
    return {421, {4, 3, 2}, options.host_name + " Service is shutting down; try again later"};
}

Reply bad_argument(ArgumentFault fault, Verb verb) {
    const bool mail = verb == Verb::mail;
    const EnhancedCode bad_address{5, 1, static_cast<std::uint16_t>(mail ? 7 : 3)};
    switch (fault) {
        case ArgumentFault::path_syntax:
            return {501, bad_address, mail ? "Bad sender address" : "Bad recipient address"};
        case ArgumentFault::path_too_long:
            return {501, bad_address, "Address too long"};
        case ArgumentFault::path_utf8:
            return {553, {5, 6, 7}, "Addresses beyond ASCII (SMTPUTF8) are not taken"};
        case ArgumentFault::unknown_parameter:
            return {555, {5, 5, 4}, "Unknown parameter"};
        case ArgumentFault::bad_parameter:
            return {501, {5, 5, 4}, "Bad or repeated parameter"};
        default:
            return {501, {5, 5, 4}, mail ? "Syntax: MAIL FROM:<address>" : "Syntax: RCPT TO:<address>"};
    }
}

}  // namespace restante::smtp::replies
