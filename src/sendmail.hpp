#pragma once
// The command that scripts call to send mail: `restante sendmail`, or the program under the name sendmail (S5.32).
#include <string>
#include <vector>

#include "base/result.hpp"
#include "message/envelope.hpp"

namespace restante::sendmail {

/// Exit codes, as sysexits(3) has them.
enum Exit : int {
    ok = 0,
    usage = 64,
    data_error = 65,
    no_user = 67,
    unavailable = 69,
    software = 70,
    io_error = 74,
    try_again = 75
};

struct Arguments {
    std::string socket;                 // --socket, or RESTANTE_SENDMAIL, or /run/restante/sendmail.sock
    std::string sender;                 // -f, -r; empty: the user's own address; "<>": the null reverse-path
    std::string full_name;              // -F
    bool recipients_of_header = false;  // -t
    bool dots_are_text = false;         // -i, -oi
    bool talk_smtp = false;             // -bs
    std::vector<std::string> recipients;
};

/// words: what stands behind the command's name. invalid for what cannot be done; options that change nothing here
/// (-v, -oem, -B8BITMIME and the like) are taken.
Result<Arguments> parse_arguments(const std::vector<std::string>& words);

/// A message as scripts write it, ready to be sent.
struct Mail {
    message::Envelope envelope;
    std::string text;  // lines as they were; without Bcc where -t asked for it
};
/// text: standard input. own_address: for the sender and a From that is missing. invalid: no recipient, no address.
Result<Mail> prepare(const Arguments& arguments, std::string text, const std::string& own_address);

/// The whole command.
int run(const std::vector<std::string>& words);

}  // namespace restante::sendmail
