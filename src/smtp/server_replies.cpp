#include "smtp/server_replies.hpp"

namespace restante::smtp::replies {

std::string greeting(const ServerOptions& options) {
    const bool lmtp = options.kind == ServerOptions::Kind::lmtp;
    const std::string banner = !options.banner.empty() ? options.banner : lmtp ? "LMTP Restante" : "ESMTP Restante";
    return to_wire({220, {}, options.host_name + " " + banner});
}

std::string ehlo(const ServerOptions& options, bool tls, std::string_view mechanisms) {
    const ServerOptions::Extensions& on = options.extensions;
    std::string text = options.host_name;
    if (on.pipelining) text += "\nPIPELINING";
    if (on.size) text += "\nSIZE " + std::to_string(options.max_message_size);
    if (on.eight_bit_mime) text += "\n8BITMIME";
    if (on.smtp_utf8 && on.eight_bit_mime) text += "\nSMTPUTF8";
    if (on.chunking) text += "\nCHUNKING";
    if (on.chunking && on.binary_mime) text += "\nBINARYMIME";
    if (on.dsn) text += "\nDSN";
    text += "\nLIMITS RCPTMAX=" + std::to_string(options.max_recipients);  // RFC 9422
    if (options.starttls && !tls) text += "\nSTARTTLS";
    if (on.require_tls && tls) text += "\nREQUIRETLS";
    if (!mechanisms.empty()) text.append("\nAUTH ").append(mechanisms);
    if (on.enhanced_codes) text += "\nENHANCEDSTATUSCODES";
    return to_wire({250, {}, text});
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
            return {553, {5, 6, 7}, "An address beyond ASCII needs SMTPUTF8"};
        case ArgumentFault::unknown_parameter:
            return {555, {5, 5, 4}, "Unknown parameter"};
        case ArgumentFault::bad_parameter:
            return {501, {5, 5, 4}, "Bad or repeated parameter"};
        default:
            return {501, {5, 5, 4}, mail ? "Syntax: MAIL FROM:<address>" : "Syntax: RCPT TO:<address>"};
    }
}

}  // namespace restante::smtp::replies
