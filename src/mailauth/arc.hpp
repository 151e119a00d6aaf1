#pragma once
// Authenticated Received Chain: what mail servers on the way vouch for (RFC 8617). Pure.
#include <optional>
#include <string>
#include <vector>

#include "mailauth/dkim.hpp"

namespace restante::mailauth {

enum class ArcResult : std::uint8_t { none, pass, fail, temperror };
/// "none", "pass", "fail": the words of RFC 8617 4.4; temperror while keys cannot be asked for.
const char* to_string(ArcResult result);

struct ArcLimits {
    std::size_t sets = 50;  // RFC 8617 4.2.1
    DkimLimits signatures;
};

struct ArcVerdict {
    ArcResult result = ArcResult::none;
    std::string problem;
    std::size_t sets = 0;
    std::string sealer;         // d= of the newest seal
    std::string first_results;  // ARC-Authentication-Results of the first set, without "i=1;"
};

/// The chain of one message.
class ArcVerification {
public:
    /// All parameters live longer.
    ArcVerification(const HeaderFields& header, BodyHashes& hashes, Timestamp now, const ArcLimits& limits);
    /// After the whole body. False: answers are missing.
    bool judge(const BodyHashes& hashes, Answers& answers);
    const ArcVerdict& verdict() const { return verdict_; }

private:
    struct Seal {
        std::string domain, selector, signature, chain;
        KeyType type = KeyType::rsa;
    };
    struct Set {
        const RawField *results = nullptr, *message = nullptr, *seal = nullptr;
        Seal parsed;
    };
    std::string_view collect();
    std::string_view take(const RawField& field, const RawField* Set::*member);
    std::string_view parse_seals();
    bool conclude(ArcResult result, std::string problem);
    bool judge_message(const BodyHashes& hashes, Answers& answers);
    bool judge_seal(std::size_t number, Answers& answers);
    std::string seal_digest(std::size_t number) const;

    const HeaderFields& header_;
    const ArcLimits limits_;
    std::vector<Set> sets_;  // by instance, from 1
    std::optional<SignatureCheck> message_check_;
    bool concluded_ = false;
    ArcVerdict verdict_;
};

}  // namespace restante::mailauth
