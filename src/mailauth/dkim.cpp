#include "mailauth/dkim.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "base/text.hpp"

namespace restante::mailauth {

const char* to_string(DkimResult result) {
    static constexpr const char* words[] = {"none", "pass", "fail", "policy", "neutral", "temperror", "permerror"};
    return words[static_cast<int>(result)];
}

SignatureCheck::SignatureCheck(const RawField& field, const HeaderFields& header, BodyHashes& hashes, bool is_arc,
                               Timestamp now, const DkimLimits& limits)
    : field_(field), header_(header), limits_(limits), is_arc_(is_arc) {
    auto signature = parse_dkim_signature(field.value(), is_arc);
    if (!signature) {
        conclude(DkimResult::neutral, signature.error().detail);
        return;
    }
    verdict_.signature = std::move(*signature);
    if (admit(now)) hash_ = hashes.want(verdict_.signature.body, verdict_.signature.length);
}

bool SignatureCheck::conclude(DkimResult result, std::string problem) {
    verdict_.result = result;
    verdict_.problem = std::move(problem);
    concluded_ = true;
    return false;
}

/// What can be said without key and body. False: it is said.
bool SignatureCheck::admit(Timestamp now) {
    const DkimSignature& signature = verdict_.signature;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
    const auto then = static_cast<std::uint64_t>(seconds.count());
    const auto skew = static_cast<std::uint64_t>(limits_.clock_skew.count());
    if (signature.is_sha1) return conclude(DkimResult::fail, "rsa-sha1 is not accepted");  // RFC 8301 3.1
    const bool signs_from = std::ranges::find(signature.fields, "from") != signature.fields.end();
    if (!signs_from && !is_arc_) return conclude(DkimResult::permerror, "From is not signed");  // RFC 6376 5.4
    if (signature.signed_at && *signature.signed_at > then + skew)
        return conclude(DkimResult::fail, "signed in the future");
    if (signature.expires && *signature.expires < then) return conclude(DkimResult::fail, "the signature has expired");
    if (signature.expires && signature.signed_at && *signature.expires < *signature.signed_at)
        return conclude(DkimResult::neutral, "x= is before t=");
    return true;
}

const DkimVerdict* SignatureCheck::judge(const BodyHashes& hashes, Answers& answers) {
    using State = KeyLookup::State;
    if (concluded_ || !judge_body(hashes)) return &verdict_;
    const KeyLookup key = look_up_key(answers, verdict_.signature.selector, verdict_.signature.domain);
    switch (key.state) {
        case State::missing:
            return nullptr;
        case State::temporary:
            conclude(DkimResult::temperror, key.problem);
            break;
        case State::none:
        case State::revoked:
        case State::unusable:
            conclude(DkimResult::permerror, key.problem);
            break;
        case State::found:
            judge_key(key.record);
            break;
    }
    return &verdict_;
}

/// The body is judged before the key is asked for: no question for what is broken anyway.
bool SignatureCheck::judge_body(const BodyHashes& hashes) {
    const DkimSignature& signature = verdict_.signature;
    if (hashes.digest(hash_) != signature.body_hash) return conclude(DkimResult::fail, "body hash did not verify");
    if (!signature.length) return true;
    if (hashes.octets(hash_) < *signature.length) return conclude(DkimResult::fail, "l= is more than there is");
    if (hashes.octets(hash_) > *signature.length)  // RFC 6376 8.2: anyone can have added to it
        return conclude(DkimResult::policy, "l= leaves part of the body unsigned");
    return true;
}

void SignatureCheck::judge_key(const KeyRecord& record) {
    const DkimSignature& signature = verdict_.signature;
    verdict_.testing = record.testing;
    const auto key = PublicKey::from_bytes(record.type, record.key);
    if (!key || record.type != signature.type) {
        conclude(DkimResult::permerror, key ? "the key is of another type" : key.error().detail);
        return;
    }
    verdict_.bits = key->bits();
    const std::string_view identity_domain =
        std::string_view(signature.identity).substr(signature.identity.rfind('@') + 1);
    if (record.no_subdomains && !iequals(identity_domain, signature.domain))
        conclude(DkimResult::permerror, "the key is not for subdomains");
    else if (record.type == KeyType::rsa && verdict_.bits < limits_.least_rsa_bits)
        conclude(DkimResult::fail, "the key has " + std::to_string(verdict_.bits) + " bits only");
    else if (!key->verifies(header_digest(header_, signature.fields, signature.header, field_.whole),
                            signature.signature))
        conclude(DkimResult::fail, "signature did not verify");
    else
        conclude(DkimResult::pass, "");
}

DkimVerification::DkimVerification(const HeaderFields& header, BodyHashes& hashes, Timestamp now,
                                   const DkimLimits& limits) {
    for (const RawField* field : header.named("DKIM-Signature")) {
        if (checks_.size() == limits.signatures) break;
        checks_.emplace_back(*field, header, hashes, false, now, limits);
    }
}

bool DkimVerification::judge(const BodyHashes& hashes, Answers& answers) {
    std::vector<DkimVerdict> out;
    bool missing = false;
    for (SignatureCheck& check : checks_) {
        const DkimVerdict* verdict = check.judge(hashes, answers);
        missing = missing || verdict == nullptr;
        if (verdict != nullptr) out.push_back(*verdict);
    }
    if (!missing) verdicts_ = std::move(out);
    return !missing;
}

}  // namespace restante::mailauth
