#pragma once
// DomainKeys Identified Mail: the signatures of a message, verified (RFC 6376, 8301, 8463). Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "mailauth/answers.hpp"
#include "mailauth/canonical.hpp"
#include "mailauth/key_record.hpp"

namespace restante::mailauth {

enum class DkimResult : std::uint8_t { none, pass, fail, policy, neutral, temperror, permerror };
/// The words of RFC 8601 2.7.1.
const char* to_string(DkimResult result);

struct DkimLimits {
    std::size_t signatures = 10;           // of one message that are looked at, from the top
    int least_rsa_bits = 1024;             // RFC 8301 3.2
    std::chrono::seconds clock_skew{300};  // a signature may be this much from the future
};

/// A signature field, parsed: DKIM-Signature, or the ARC-Message-Signature made after its image (RFC 8617 4.1.2).
struct DkimSignature {
    std::string domain, selector;  // d=, s=; in lower case
    std::string identity;          // i=, or "@" d=
    KeyType type = KeyType::rsa;
    bool is_sha1 = false;  // rsa-sha1: parsed, never accepted
    Canon header = Canon::simple, body = Canon::simple;
    std::vector<std::string> fields;  // h=, in lower case
    std::string body_hash, signature;
    std::optional<std::uint64_t> length;              // l=
    std::optional<std::uint64_t> signed_at, expires;  // seconds since 1970

    std::string algorithm() const;  // "rsa-sha256"
};

/// invalid: says what is wrong. is_arc: no v=, i= is an instance number.
Result<DkimSignature> parse_dkim_signature(std::string_view value, bool is_arc = false);

/// The SHA-256 digest that is signed: the fields of h= from the bottom up, then `own` (its field without line end) with
/// an empty b= (RFC 6376 3.7).
std::string header_digest(const HeaderFields& header, const std::vector<std::string>& names, Canon canon,
                          std::string_view own);

struct DkimVerdict {
    DkimResult result = DkimResult::none;
    std::string problem;  // for people; empty when it passes
    DkimSignature signature;
    int bits = 0;
    bool testing = false;
};

/// One signature field of a message whose body hash is being made.
class SignatureCheck {
public:
    /// field, header and hashes live longer. Takes its place in hashes.
    SignatureCheck(const RawField& field, const HeaderFields& header, BodyHashes& hashes, bool is_arc, Timestamp now,
                   const DkimLimits& limits);
    /// After the whole body. nullptr: answers are missing.
    const DkimVerdict* judge(const BodyHashes& hashes, Answers& answers);

private:
    bool conclude(DkimResult result, std::string problem);
    bool admit(Timestamp now);
    bool judge_body(const BodyHashes& hashes);
    void judge_key(const KeyRecord& record);

    const RawField& field_;
    const HeaderFields& header_;
    const DkimLimits& limits_;
    const bool is_arc_;
    std::size_t hash_ = 0;
    bool concluded_ = false;
    DkimVerdict verdict_;
};

/// The DKIM signatures of one message.
class DkimVerification {
public:
    /// All parameters live longer.
    DkimVerification(const HeaderFields& header, BodyHashes& hashes, Timestamp now, const DkimLimits& limits);
    /// After the whole body. False: answers are missing.
    bool judge(const BodyHashes& hashes, Answers& answers);
    /// In the order of the fields; once judge() was true.
    const std::vector<DkimVerdict>& verdicts() const { return verdicts_; }

private:
    std::vector<SignatureCheck> checks_;
    std::vector<DkimVerdict> verdicts_;
};

}  // namespace restante::mailauth
