// What each command does, and the one table that says when it may come.
#include <algorithm>
#include <array>

#include "smtp/server_machine.hpp"
#include "smtp/server_replies.hpp"

namespace restante::smtp {

struct ServerMachine::Rule {
    enum class Argument { none, optional, required };
    enum States : unsigned { hello = 1, ready = 2, mail = 4, rcpt = 8, chunks = 16, any = 31 };

    Verb verb;
    unsigned states;  // where it is legal
    Argument argument;
    bool after_auth;        // on a submission listener only once authenticated (RFC 6409 4.3)
    const char* otherwise;  // said with 503 where it is not legal, unless EHLO is what is missing

    bool legal_in(State state) const {
        switch (state) {
            case State::hello:
                return (states & hello) != 0;
            case State::ready:
                return (states & ready) != 0;
            case State::mail:
                return (states & mail) != 0;
            case State::rcpt:
                return (states & rcpt) != 0;
            case State::chunks:
                return (states & chunks) != 0;
            default:
                return false;
        }
    }
};

const ServerMachine::Rule* ServerMachine::rule_of(Verb verb) {
    using enum Rule::Argument;
    static constexpr std::array rules{
        Rule{Verb::ehlo, Rule::any, required, false, ""},
        Rule{Verb::helo, Rule::any, required, false, ""},
        Rule{Verb::lhlo, Rule::any, required, false, ""},
        Rule{Verb::mail, Rule::ready, required, true, "Sender already given"},
        Rule{Verb::rcpt, Rule::mail | Rule::rcpt, required, true, "Send MAIL FROM first"},
        Rule{Verb::data, Rule::rcpt, none, true, "No valid recipients"},
        Rule{Verb::rset, Rule::any, none, false, ""},
        Rule{Verb::noop, Rule::any, optional, false, ""},
        Rule{Verb::quit, Rule::any, none, false, ""},
        Rule{Verb::vrfy, Rule::any, required, false, ""},
        Rule{Verb::help, Rule::any, optional, false, ""},
        Rule{Verb::expn, Rule::any, optional, false, ""},
        Rule{Verb::starttls, Rule::ready, none, false, "Not inside a mail transaction"},
        Rule{Verb::auth, Rule::ready, required, false, "Not inside a mail transaction"},
        Rule{Verb::bdat, Rule::rcpt | Rule::chunks, required, true, "No valid recipients"},
        Rule{Verb::unimplemented, Rule::any, optional, false, ""},
        Rule{Verb::http, Rule::any, optional, false, ""},
        Rule{Verb::unknown, Rule::any, optional, false, ""},
    };
    return std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.verb == verb; });
}

ServerMachine::Outcome ServerMachine::on_line(std::string_view line) {
    if (state_ == State::auth) return on_auth_line(line);
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (std::any_of(line.begin(), line.end(), control)) {
        refuse(replies::control_bytes);
        return {};
    }
    return on_command(parse_command(line));
}

std::optional<Reply> ServerMachine::objection(const Command& command) const {
    const Rule& rule = *rule_of(command.verb);
    const bool hello = command.verb == Verb::ehlo || command.verb == Verb::helo || command.verb == Verb::lhlo;
    if (hello && (command.verb == Verb::lhlo) != (options_.kind == ServerOptions::Kind::lmtp))
        return replies::unknown_command;  // RFC 2033 4.1: LMTP has its own, and only that
    if (rule.argument == Rule::Argument::none && !command.argument.empty()) return replies::no_argument;
    if (rule.argument == Rule::Argument::required && command.argument.empty()) return replies::argument_missing;
    if (state_ == State::hello && !rule.legal_in(state_))
        return options_.kind == ServerOptions::Kind::lmtp ? replies::lhlo_first : replies::hello_first;
    if (rule.after_auth && options_.tls_first && !session_.tls) return replies::tls_first;
    const bool known = session_.authenticated || session_.vouched;
    if (rule.after_auth && options_.kind == ServerOptions::Kind::submission && !known)
        return mechanisms().empty() ? replies::tls_required : replies::auth_required;
    if (rule.legal_in(state_)) return std::nullopt;
    if (state_ == State::chunks) return replies::message_begun;
    return Reply{503, {5, 5, 1}, rule.otherwise};
}

ServerMachine::Outcome ServerMachine::on_command(const Command& command) {
    if (command.verb == Verb::bdat) return on_bdat(command);
    if (const auto refusal = objection(command)) {
        refuse(*refusal);
        return {};
    }
    return perform(command);
}

ServerMachine::Outcome ServerMachine::perform(const Command& command) {
    switch (command.verb) {
        case Verb::ehlo:
        case Verb::helo:
        case Verb::lhlo:
            on_hello(command);
            break;
        case Verb::mail:
            return on_mail(command.argument);
        case Verb::rcpt:
            return on_rcpt(command.argument);
        case Verb::data:
            if (envelope_.body != message::Body::binary_mime) return await(Awaited::data, BeginData{});
            refuse(replies::binary_needs_bdat);  // RFC 3030 3
            break;
        case Verb::rset:
            reset_transaction();
            say(replies::reset);
            break;
        case Verb::noop:
            say(replies::noop);
            break;
        case Verb::quit:
            close(replies::goodbye(options_), Close::Reason::quit);
            break;
        case Verb::vrfy:
            say(replies::vrfy);
            break;
        case Verb::help:
            say(replies::help);
            break;
        case Verb::starttls:
            on_starttls();
            break;
        case Verb::auth:
            return on_auth(command.argument);
        case Verb::expn:
        case Verb::unimplemented:
            refuse(replies::not_implemented);
            break;
        case Verb::bdat:  // on_bdat()
            break;
        case Verb::http:
            close(replies::not_http, Close::Reason::protocol);
            break;
        case Verb::unknown:
            refuse(replies::unknown_command);
            break;
    }
    return {};
}

void ServerMachine::on_hello(const Command& command) {
    const std::string_view name = command.argument;
    if (!valid_client_name(name)) return refuse(replies::bad_client_name);
    const bool domain = (valid_domain(name) && name.find('.') != std::string_view::npos) || valid_address_literal(name);
    if (options_.hello_needs_domain && !domain) return refuse(replies::name_is_no_domain);
    reset_transaction();  // RFC 5321 4.1.4
    state_ = State::ready;
    session_.client_name = name;
    session_.esmtp = command.verb != Verb::helo;
    session_.lmtp = command.verb == Verb::lhlo;
    if (session_.esmtp) {
        replies_ += replies::ehlo(options_, session_.tls, session_.authenticated ? "" : mechanisms());
    } else {
        say(replies::helo(options_));
    }
}

Offered ServerMachine::offered() const {
    const ServerOptions::Extensions& on = options_.extensions;
    return {auth_configured(),
            on.size,
            on.eight_bit_mime,
            on.chunking && on.binary_mime,
            on.dsn,
            on.smtp_utf8 && on.eight_bit_mime,
            on.require_tls && session_.tls};
}

ServerMachine::Outcome ServerMachine::on_mail(std::string_view argument) {
    MailArgument mail = parse_mail(argument, offered(), options_.path);
    if (mail.fault != ArgumentFault::none) {
        refuse(replies::bad_argument(mail.fault, Verb::mail));
        return {};
    }
    if (mail.size.value_or(0) > options_.max_message_size) {  // RFC 1870 6.1
        refuse(replies::too_large);
        return {};
    }
    envelope_ = std::move(mail.envelope);
    return await(Awaited::sender, CheckSender{envelope_.reverse_path ? &*envelope_.reverse_path : nullptr, mail.size});
}

void ServerMachine::on_sender(const Reply& outcome) {
    if (!outcome.positive()) {
        reset_transaction();
        return refuse(outcome);
    }
    state_ = State::mail;
    say(outcome);
}

ServerMachine::Outcome ServerMachine::on_rcpt(std::string_view argument) {
    RcptArgument rcpt = parse_rcpt(argument, offered(), envelope_.smtputf8, options_.path);
    if (rcpt.fault != ArgumentFault::none) {
        refuse(replies::bad_argument(rcpt.fault, Verb::rcpt));
        return {};
    }
    if (envelope_.recipients.size() >= options_.max_recipients) {
        say(replies::too_many_recipients);  // RFC 5321 4.5.3.1.10
        return {};
    }
    candidate_ = std::move(rcpt.recipient);
    return await(Awaited::recipient, CheckRecipient{&candidate_.address});
}

void ServerMachine::on_recipient(const Reply& outcome) {
    say(outcome);
    if (outcome.positive()) {
        envelope_.recipients.push_back(std::move(candidate_));
        state_ = State::rcpt;
    } else if (outcome.permanent() && ++refused_recipients_ > options_.max_refused_recipients) {
        close(replies::too_many_errors(options_), Close::Reason::errors);
    }
}

void ServerMachine::on_starttls() {
    if (session_.tls) return refuse(replies::tls_active);
    if (!options_.starttls) return refuse(replies::not_offered);
    // RFC 3207 4: nothing may be pipelined behind STARTTLS. What is there came in clear, from anyone (CVE-2011-0411).
    session_.injected_in_clear = input_.size() > 0;
    input_.clear();
    say(replies::starttls);
    state_ = State::tls;
}

}  // namespace restante::smtp
