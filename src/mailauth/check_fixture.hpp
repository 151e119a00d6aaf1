#pragma once
// For tests: judges a message with what a Zone says.
#include <stdexcept>
#include <string>

#include "mailauth/dkim.hpp"
#include "net/zone.hpp"

namespace restante::mailauth {

/// Lines of a raw string literal with CRLF; a first empty line is left out.
inline std::string crlf(std::string_view text) {
    if (text.starts_with('\n')) text.remove_prefix(1);
    std::string out;
    for (const char c : text) (c == '\n' ? out += "\r\n" : out += c);
    return out;
}

/// Asks the zone whatever check() is missing until it is done.
template <class Check>
void answer_all(Answers& answers, const net::Zone& zone, Check check) {
    while (!check()) {
        const auto missing = answers.take_missing();
        if (missing.empty()) throw std::logic_error("gave up without a question");
        for (const auto& question : missing) answers.put(question, zone.answer(question));
    }
}

/// piece: octets of the body fed at a time.
inline std::vector<DkimVerdict> check_dkim(const std::string& message, const char* zone, Timestamp now,
                                           std::size_t piece = 1000, const DkimLimits& limits = {}) {
    const HeaderFields header(message);
    BodyHashes hashes;
    DkimVerification verification(header, hashes, now, limits);
    const std::string_view body = std::string_view(message).substr(header.body_offset());
    for (std::size_t at = 0; at < body.size(); at += piece) hashes.feed(body.substr(at, piece));
    hashes.finish();
    Answers answers;
    answer_all(answers, net::Zone(zone), [&] { return verification.judge(hashes, answers); });
    return verification.verdicts();
}

}  // namespace restante::mailauth
