#pragma once
// Who exists in every SMTP transcript, and what its checks can ask. Options of a transcript:
//   kind: mx | submission | lmtp      with: binarymime   without: size chunking ... (of EHLO)   hello: domain
//   starttls: no          tls: implicit        auth-without-tls: yes
//   max-message-size, max-recipients, max-errors, max-refused-recipients, max-auth-failures: numbers
//   mechanisms: of AUTH (PLAIN LOGIN)
//   delivery: full-disk | io   outcome of every delivery        draft: full-disk   outcome of the first append
#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "sasl/server.hpp"
#include "smtp/server_options.hpp"
#include "transcript.hpp"

namespace restante::transcripts {

inline const std::map<std::string, std::string, std::less<>> smtp_accounts{{"bob", "secret"}, {"alice", "wonder"}};
inline constexpr std::string_view smtp_domain = "example.org";

struct ReceivedMail {
    std::string from, recipients, text;
};

inline smtp::ServerOptions smtp_options(const Transcript& transcript) {
    smtp::ServerOptions options;
    options.host_name = "mx.example.org";
    if (transcript.option("kind") == "submission") options.kind = smtp::ServerOptions::Kind::submission;
    if (transcript.option("kind") == "lmtp") options.kind = smtp::ServerOptions::Kind::lmtp;
    options.hello_needs_domain = transcript.option("hello") == "domain";
    smtp::ServerOptions::Extensions& on = options.extensions;
    const std::string with = transcript.option("with"), without = transcript.option("without");
    for (const auto word : split(with, ' ')) on.binary_mime = on.binary_mime || word == "binarymime";
    const std::pair<std::string_view, bool*> names[] = {
        {"size", &on.size}, {"pipelining", &on.pipelining}, {"chunking", &on.chunking}, {"8bitmime", &on.eight_bit_mime},
        {"dsn", &on.dsn},   {"smtputf8", &on.smtp_utf8},    {"enhancedstatuscodes", &on.enhanced_codes}};
    for (const auto word : split(without, ' '))
        for (const auto& [name, flag] : names)
            if (name == word) *flag = false;
    options.starttls = transcript.option("starttls") != "no";
    const std::string mechanisms = transcript.option("mechanisms", "PLAIN LOGIN");
    for (const auto mechanism : split(mechanisms, ' ')) {
        const auto* info = sasl::find_server_mechanism(mechanism);
        options.mechanisms.push_back({std::string(mechanism), info->sends_password, info->binds_channel});
    }
    options.auth_without_tls = transcript.option("auth-without-tls") == "yes";
    options.max_message_size = transcript.number("max-message-size", 100'000);
    options.max_recipients = transcript.number("max-recipients", options.max_recipients);
    options.max_errors = transcript.number("max-errors", options.max_errors);
    options.max_refused_recipients = transcript.number("max-refused-recipients", options.max_refused_recipients);
    options.max_auth_failures = transcript.number("max-auth-failures", options.max_auth_failures);
    return options;
}

/// `delivered N`, `from N: address`, `recipients N: a, b`, `text N: exactly this`, `ends N: with this` (N from 1).
inline std::string check_mail(std::string_view text, const std::vector<ReceivedMail>& mails) {
    const std::size_t blank = text.find(' ');
    const std::string_view what = text.substr(0, blank), rest = text.substr(blank + 1);
    const std::size_t colon = std::min(rest.find(": "), rest.size());
    const auto number = parse_u64(rest.substr(0, colon));
    if (!number) return "no number in the check";
    if (what == "delivered") return *number == mails.size() ? "" : std::to_string(mails.size()) + " were delivered";
    if (*number == 0 || *number > mails.size()) return "there is no such mail";
    const auto wanted = unescape(rest.substr(std::min(colon + 2, rest.size())));
    if (!wanted) return wanted.error().detail;
    const ReceivedMail& mail = mails[*number - 1];
    const std::string& found = what == "from" ? mail.from : what == "recipients" ? mail.recipients : mail.text;
    const bool good = what == "ends" ? found.ends_with(*wanted) : found == *wanted;
    return good ? "" : "it is \"" + escape_for_log(found, 2000) + '"';
}

}  // namespace restante::transcripts
