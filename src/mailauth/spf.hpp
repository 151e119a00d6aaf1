#pragma once
// Sender Policy Framework: may this host send mail for that domain? (RFC 7208). Pure.
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "mailauth/answers.hpp"
#include "net/address.hpp"

namespace restante::mailauth {

enum class SpfResult { none, neutral, pass, fail, softfail, temperror, permerror };
/// "softfail": the words of RFC 8601 2.7.2.
const char* to_string(SpfResult result);

/// RFC 7208 4.6.4.
struct SpfLimits {
    int terms = 10;               // that ask the name system
    int voids = 2;                // look-ups without a record
    std::size_t exchangers = 10;  // of one mx
    std::size_t names = 10;       // of one ptr
};

struct SpfQuery {
    net::Address client;
    std::string helo;        // as the client called itself
    std::string local_part;  // of the reverse-path; empty: "postmaster"
    std::string domain;      // of the reverse-path, or the HELO name for a null one
    std::string receiver;    // our host name, for explanations
    Timestamp now{};
};

struct SpfVerdict {
    SpfResult result = SpfResult::none;
    std::string mechanism;    // that decided, as written: "-all"; empty: none did
    std::string problem;      // of an error, for people
    std::string explanation;  // of a fail, what the domain's owner says: ASCII, of anybody's choosing
};

/// check_host() of RFC 7208 4. nullopt: answers are missing.
std::optional<SpfVerdict> check_spf(const SpfQuery& query, Answers& answers, const SpfLimits& limits = {});

}  // namespace restante::mailauth
