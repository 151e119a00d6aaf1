#include "smtp/command.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace restante::smtp {
namespace {

struct VerbName {
    std::string_view name;
    Verb verb;
};

constexpr std::array verb_names{
    VerbName{"MAIL", Verb::mail},          VerbName{"RCPT", Verb::rcpt},          VerbName{"DATA", Verb::data},
    VerbName{"EHLO", Verb::ehlo},          VerbName{"HELO", Verb::helo},          VerbName{"RSET", Verb::rset},
    VerbName{"NOOP", Verb::noop},          VerbName{"QUIT", Verb::quit},          VerbName{"VRFY", Verb::vrfy},
    VerbName{"HELP", Verb::help},          VerbName{"EXPN", Verb::expn},          VerbName{"STARTTLS", Verb::starttls},
    VerbName{"AUTH", Verb::auth},          VerbName{"BDAT", Verb::bdat},          VerbName{"SEND", Verb::unimplemented},
    VerbName{"SOML", Verb::unimplemented}, VerbName{"SAML", Verb::unimplemented}, VerbName{"TURN", Verb::unimplemented},
    VerbName{"ETRN", Verb::unimplemented}, VerbName{"ATRN", Verb::unimplemented}, VerbName{"GET", Verb::http},
    VerbName{"POST", Verb::http},          VerbName{"HEAD", Verb::http},          VerbName{"PUT", Verb::http},
    VerbName{"CONNECT", Verb::http},       VerbName{"OPTIONS", Verb::http},       VerbName{"DELETE", Verb::http},
    VerbName{"PATCH", Verb::http},         VerbName{"TRACE", Verb::http},
};

/// The next word of esmtp parameters, removed from the front of text.
std::string_view take_word(std::string_view& text) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return word;
}

ArgumentFault to_argument_fault(PathFault fault) {
    switch (fault) {
        case PathFault::none:
            return ArgumentFault::none;
        case PathFault::syntax:
            return ArgumentFault::path_syntax;
        case PathFault::too_long:
            return ArgumentFault::path_too_long;
        case PathFault::utf8:
            return ArgumentFault::path_utf8;
    }
    return ArgumentFault::path_syntax;
}

/// Removes "FROM:" or "TO:" and, tolerated because many clients send it, blanks after the colon.
bool take_keyword(std::string_view& text, std::string_view keyword) {
    if (!istarts_with(text, keyword)) return false;
    text.remove_prefix(keyword.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return true;
}

/// Leaves the parameters; false if something other than a blank follows the path.
bool take_separator(std::string_view& text) {
    if (text.empty()) return true;
    if (text.front() != ' ') return false;
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return true;
}

/// RFC 4954 5: xtext of a mailbox, or "<>".
bool valid_auth_parameter(std::string_view value) {
    const auto decoded = decode_xtext(value);
    if (!decoded || decoded->empty()) return false;
    return *decoded == "<>" || message::Address::parse(*decoded).has_value();
}

struct Seen {
    bool size = false, body = false, auth = false;
};

ArgumentFault read_parameter(std::string_view word, bool auth_known, MailArgument& mail, Seen& seen) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : word.substr(equals + 1);
    if (iequals(name, "SIZE")) {
        mail.size = parse_u64(value);  // RFC 1870 4: 1 to 20 digits
        return mail.size && value.size() <= 20 && !std::exchange(seen.size, true) ? ArgumentFault::none
                                                                                  : ArgumentFault::bad_parameter;
    }
    if (iequals(name, "BODY")) {
        mail.eight_bit = iequals(value, "8BITMIME");
        return (mail.eight_bit || iequals(value, "7BIT")) && !std::exchange(seen.body, true)
                   ? ArgumentFault::none
                   : ArgumentFault::bad_parameter;
    }
    if (auth_known && iequals(name, "AUTH"))
        return valid_auth_parameter(value) && !std::exchange(seen.auth, true) ? ArgumentFault::none
                                                                              : ArgumentFault::bad_parameter;
    return ArgumentFault::unknown_parameter;
}

}  // namespace

Command parse_command(std::string_view line) {
    const std::size_t blank = line.find(' ');
    const std::string_view name = line.substr(0, blank);
    Command command;
    if (blank != std::string_view::npos) {
        command.argument = line.substr(blank);
        const std::size_t first = command.argument.find_first_not_of(' ');
        command.argument = first == std::string_view::npos
                               ? std::string_view{}
                               : command.argument.substr(first, command.argument.find_last_not_of(' ') - first + 1);
    }
    const auto* const found = std::find_if(verb_names.begin(), verb_names.end(),
                                           [&](const VerbName& known) { return iequals(known.name, name); });
    if (found != verb_names.end()) command.verb = found->verb;
    return command;
}

MailArgument parse_mail(std::string_view argument, bool auth_known, const PathLimits& limits) {
    MailArgument mail;
    const auto refuse = [&](ArgumentFault why) {
        mail.fault = why;
        return mail;
    };
    if (!take_keyword(argument, "FROM:")) return refuse(ArgumentFault::syntax);
    PathRead read = read_reverse_path(argument, limits);
    if (read.fault != PathFault::none) return refuse(to_argument_fault(read.fault));
    mail.reverse_path = std::move(read.address);
    if (!take_separator(read.rest)) return refuse(ArgumentFault::syntax);
    Seen seen;
    while (!read.rest.empty()) {
        const ArgumentFault fault = read_parameter(take_word(read.rest), auth_known, mail, seen);
        if (fault != ArgumentFault::none) return refuse(fault);
    }
    return mail;
}

RcptArgument parse_rcpt(std::string_view argument, const PathLimits& limits) {
    if (!take_keyword(argument, "TO:")) return {ArgumentFault::syntax, {}};
    PathRead read = read_forward_path(argument, limits);
    if (read.fault != PathFault::none) return {to_argument_fault(read.fault), {}};
    if (!take_separator(read.rest)) return {ArgumentFault::syntax, {}};
    if (!read.rest.empty()) return {ArgumentFault::unknown_parameter, {}};
    return {ArgumentFault::none, std::move(*read.address)};
}

bool valid_client_name(std::string_view name) {
    return !name.empty() && name.size() <= 255 &&
           std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace restante::smtp
