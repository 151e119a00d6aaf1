#include "sendmail.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/text.hpp"
#include "message/address_list.hpp"
#include "message/header.hpp"

namespace restante::sendmail {
namespace {

/// Options with a value, which may stand in the next word: -f address, -faddress.
constexpr std::string_view kWithValue = "fFrBNRVhoXOpLC";

std::string default_socket() {
    const char* set = std::getenv("RESTANTE_SENDMAIL");
    return set != nullptr && *set != '\0' ? set : "/run/restante/sendmail.sock";
}

Result<> take_option(Arguments& out, char letter, const std::string& value) {
    switch (letter) {
        case 'f':
        case 'r':
            out.sender = value;
            return {};
        case 'F':
            out.full_name = value;
            return {};
        case 't':
            out.recipients_of_header = true;
            return {};
        case 'i':
            out.dots_are_text = true;
            return {};
        case 'o':
            out.dots_are_text = out.dots_are_text || value == "i";
            return {};
        case 'b':
            out.talk_smtp = value == "s";
            if (value == "s" || value == "m") return {};
            return fail(ErrorKind::invalid,
                        "-b" + escape_for_log(value, 20) + " is not done here; the queue is shown by restante queue");
        case 'B':
        case 'N':
        case 'R':
        case 'V':
        case 'h':
        case 'n':
        case 'v':
        case 'm':
        case 'q':
        case 'U':
        case 'G':
        case 'X':
        case 'O':
        case 'p':
        case 'L':
            return {};  // what they ask for is so anyway, or concerns the other program's innards
        default:
            return fail(ErrorKind::invalid, std::string("unknown option -") + escape_for_log({&letter, 1}));
    }
}

std::string without_brackets(std::string text) {
    if (text.size() >= 2 && text.front() == '<' && text.back() == '>') return text.substr(1, text.size() - 2);
    return text;
}

/// A name alone is somebody of the own domain.
Result<message::Address> address_of(const std::string& text, const std::string& own_address) {
    const std::string plain = without_brackets(text);
    const bool whole = plain.find('@') != std::string::npos;
    return message::Address::parse(whole ? plain : plain + own_address.substr(own_address.find('@')));
}

/// Takes the fields of that name out of the header.
std::string without_field(const std::string& text, std::string_view name) {
    std::string out;
    bool dropping = false, in_header = true;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size() - 1);
        const std::string_view line = std::string_view(text).substr(at, end + 1 - at);
        at = end + 1;
        const bool folded = line.front() == ' ' || line.front() == '\t';
        if (in_header && !folded)
            dropping = istarts_with(line, name) && trim(line.substr(name.size())).starts_with(':');
        if (line == "\n" || line == "\r\n") in_header = dropping = false;
        if (!(in_header && dropping)) out += line;
    }
    return out;
}

Result<> add_recipients_of_header(Mail& mail, const message::HeaderSection& header) {
    for (const message::Field& field : header.fields) {
        if (!iequals(field.name, "To") && !iequals(field.name, "Cc") && !iequals(field.name, "Bcc")) continue;
        message::Oddities oddities;
        message::Limits limits;
        limits.max_addresses = 10'000;
        for (message::Mailbox& mailbox : message::parse_mailboxes(field.raw, limits, oddities))
            mail.envelope.recipients.push_back({std::move(mailbox.address), {}, {}});
        if (oddities.has(message::Oddity::bad_address) || oddities.has(message::Oddity::too_many_addresses))
            return fail(ErrorKind::invalid, field.name + " has something that is no address");
    }
    return {};
}

/// Up to a line with a dot alone, as sendmail has always done without -i.
std::string up_to_the_dot(std::string text) {
    if (text.starts_with(".\n") || text == ".") return {};
    const std::size_t dot = text.find("\n.\n");
    if (dot != std::string::npos) text.erase(dot + 1);
    if (text.ends_with("\n.")) text.pop_back();
    return text;
}

}  // namespace

Result<Arguments> parse_arguments(const std::vector<std::string>& words) {
    Arguments out;
    out.socket = default_socket();
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word == "--") {
            out.recipients.insert(out.recipients.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                  words.end());
            break;
        }
        if (word == "--socket") {
            if (++i == words.size()) return fail(ErrorKind::invalid, "--socket needs a path");
            out.socket = words[i];
        } else if (word.size() < 2 || word.front() != '-') {
            out.recipients.push_back(word);
        } else if (word.size() > 2 && word.find_first_not_of("tinvU", 1) == std::string::npos) {
            for (const char letter : word.substr(1)) (void)take_option(out, letter, "");  // -ti
        } else {
            std::string value = word.substr(2);
            if (value.empty() && kWithValue.find(word[1]) != std::string_view::npos) {
                if (++i == words.size()) return fail(ErrorKind::invalid, word + " needs a value");
                value = words[i];
            }
            if (auto taken = take_option(out, word[1], value); !taken) return fail(std::move(taken.error()));
        }
    }
    return out;
}

Result<Mail> prepare(const Arguments& arguments, std::string text, const std::string& own_address) {
    Mail mail;
    mail.text = arguments.dots_are_text ? std::move(text) : up_to_the_dot(std::move(text));
    const message::HeaderSection header = message::scan_header(mail.text, {});
    if (arguments.sender != "<>") {
        auto sender = address_of(arguments.sender.empty() ? own_address : arguments.sender, own_address);
        if (!sender) return fail(ErrorKind::invalid, "the sender is no address: " + sender.error().detail);
        mail.envelope.reverse_path = std::move(*sender);
    }
    for (const std::string& text_of_one : arguments.recipients) {
        auto recipient = address_of(text_of_one, own_address);
        if (!recipient)
            return fail(ErrorKind::invalid, escape_for_log(text_of_one, 80) + ": " + recipient.error().detail);
        mail.envelope.recipients.push_back({std::move(*recipient), {}, {}});
    }
    if (arguments.recipients_of_header) {
        if (auto added = add_recipients_of_header(mail, header); !added) return fail(std::move(added.error()));
        mail.text = without_field(mail.text, "Bcc");
    }
    if (mail.envelope.recipients.empty())
        return fail(ErrorKind::invalid, "nobody to send it to: name recipients, or use -t");
    if (header.find("From") == nullptr) {
        const bool quoted = !arguments.full_name.empty();
        std::string name = arguments.full_name;
        std::erase_if(name, [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
        const std::string from = mail.envelope.reverse_path ? mail.envelope.reverse_path->to_string() : own_address;
        const std::string field = "From: " + (quoted ? "\"" + name + "\" <" + from + ">" : from) + "\n";
        mail.text.insert(0, header.fields.empty() && !mail.text.starts_with("\n") ? field + "\n" : field);
    }
    return mail;
}

}  // namespace restante::sendmail
