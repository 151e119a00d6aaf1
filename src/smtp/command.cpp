#include "smtp/command.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "smtp/parameters.hpp"

namespace restante::smtp {
namespace {

struct VerbName {
    std::string_view name;
    Verb verb;
};

constexpr std::array verb_names{
    VerbName{"MAIL", Verb::mail},          VerbName{"RCPT", Verb::rcpt},          VerbName{"DATA", Verb::data},
    VerbName{"EHLO", Verb::ehlo},          VerbName{"HELO", Verb::helo},          VerbName{"LHLO", Verb::lhlo},
    VerbName{"RSET", Verb::rset},          VerbName{"NOOP", Verb::noop},          VerbName{"QUIT", Verb::quit},
    VerbName{"VRFY", Verb::vrfy},          VerbName{"HELP", Verb::help},          VerbName{"EXPN", Verb::expn},
    VerbName{"STARTTLS", Verb::starttls},  VerbName{"AUTH", Verb::auth},          VerbName{"BDAT", Verb::bdat},
    VerbName{"SEND", Verb::unimplemented}, VerbName{"SOML", Verb::unimplemented}, VerbName{"SAML", Verb::unimplemented},
    VerbName{"TURN", Verb::unimplemented}, VerbName{"ETRN", Verb::unimplemented}, VerbName{"ATRN", Verb::unimplemented},
    VerbName{"GET", Verb::http},           VerbName{"POST", Verb::http},          VerbName{"HEAD", Verb::http},
    VerbName{"PUT", Verb::http},           VerbName{"CONNECT", Verb::http},       VerbName{"OPTIONS", Verb::http},
    VerbName{"DELETE", Verb::http},        VerbName{"PATCH", Verb::http},         VerbName{"TRACE", Verb::http},
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

MailArgument parse_mail(std::string_view argument, const Offered& offered, const PathLimits& limits) {
    MailArgument mail;
    const auto refuse = [&](ArgumentFault why) {
        mail.fault = why;
        return mail;
    };
    if (!take_keyword(argument, "FROM:")) return refuse(ArgumentFault::syntax);
    PathLimits path = limits;
    path.utf8 = offered.smtp_utf8;  // whether it may be used stands behind it
    PathRead read = read_reverse_path(argument, path);
    if (read.fault != PathFault::none) return refuse(to_argument_fault(read.fault));
    mail.envelope.reverse_path = std::move(read.address);
    if (!take_separator(read.rest)) return refuse(ArgumentFault::syntax);
    MailParameters parameters(offered, mail);
    while (!read.rest.empty()) {
        const ArgumentFault fault = parameters.read(take_word(read.rest));
        if (fault != ArgumentFault::none) return refuse(fault);
    }
    if (read.utf8 && !mail.envelope.smtputf8) return refuse(ArgumentFault::path_utf8);
    return mail;
}

RcptArgument parse_rcpt(std::string_view argument, const Offered& offered, bool utf8, const PathLimits& limits) {
    RcptArgument rcpt;
    const auto refuse = [&](ArgumentFault why) {
        rcpt.fault = why;
        return rcpt;
    };
    if (!take_keyword(argument, "TO:")) return refuse(ArgumentFault::syntax);
    PathLimits path = limits;
    path.utf8 = utf8;
    PathRead read = read_forward_path(argument, path);
    if (read.fault != PathFault::none) return refuse(to_argument_fault(read.fault));
    if (!take_separator(read.rest)) return refuse(ArgumentFault::syntax);
    rcpt.recipient.address = std::move(*read.address);
    RcptParameters parameters(offered, utf8, rcpt);
    while (!read.rest.empty()) {
        const ArgumentFault fault = parameters.read(take_word(read.rest));
        if (fault != ArgumentFault::none) return refuse(fault);
    }
    return rcpt;
}

std::optional<BdatArgument> parse_bdat(std::string_view argument) {
    const std::string_view count = take_word(argument);
    const auto size = parse_u64(count);
    if (!size || (!argument.empty() && !iequals(argument, "LAST"))) return std::nullopt;
    return BdatArgument{*size, !argument.empty()};
}

bool valid_client_name(std::string_view name) {
    return !name.empty() && name.size() <= 255 &&
           std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace restante::smtp
