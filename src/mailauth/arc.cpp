#include "mailauth/arc.hpp"

#include <algorithm>
#include <array>

#include "base/random.hpp"
#include "base/text.hpp"
#include "mailauth/tag_list.hpp"
#include "message/envelope.hpp"

namespace restante::mailauth {
namespace {

/// i= of a field; 0 if it has none. In ARC-Authentication-Results it stands before the results, which are no tag list.
std::size_t instance_of(std::string_view value) {
    const std::string_view first = trim(value.substr(0, value.find(';')));
    const auto find_in = [](std::string_view text) -> std::optional<std::uint64_t> {
        const auto tags = TagList::parse(text);
        const auto found = tags ? tags->find("i") : std::nullopt;
        return found ? parse_u64(*found) : std::nullopt;
    };
    auto number = find_in(first);
    if (!number) number = find_in(value);
    return number ? static_cast<std::size_t>(*number) : 0;
}

}  // namespace

const char* to_string(ArcResult result) {
    static constexpr const char* words[] = {"none", "pass", "fail", "temperror"};
    return words[static_cast<int>(result)];
}

ArcVerification::ArcVerification(const HeaderFields& header, BodyHashes& hashes, Timestamp now, const ArcLimits& limits)
    : header_(header), limits_(limits) {
    std::string_view problem = collect();
    if (problem.empty() && sets_.empty()) {
        conclude(ArcResult::none, "");
        return;
    }
    if (problem.empty()) problem = parse_seals();
    if (!problem.empty()) {
        conclude(ArcResult::fail, std::string(problem));
        return;
    }
    verdict_.sets = sets_.size();
    verdict_.sealer = sets_.back().parsed.domain;
    const std::string_view first = sets_.front().results->value();
    verdict_.first_results = trim(first.substr(std::min(first.find(';'), first.size() - 1) + 1));
    message_check_.emplace(*sets_.back().message, header_, hashes, true, now, limits_.signatures);
}

bool ArcVerification::conclude(ArcResult result, std::string problem) {
    verdict_.result = result;
    verdict_.problem = std::move(problem);
    concluded_ = true;
    return true;
}

std::string_view ArcVerification::take(const RawField& field, const RawField* Set::*member) {
    const std::size_t instance = instance_of(field.value());
    if (instance == 0) return "a field without instance";
    if (instance > limits_.sets) return "too many sets";
    if (sets_.size() < instance) sets_.resize(instance);
    if (sets_[instance - 1].*member != nullptr) return "a field stands twice in a set";
    sets_[instance - 1].*member = &field;
    return {};
}

/// RFC 8617 5.2, steps 1 and 3: sets are whole and without gaps. What is wrong, or nothing.
std::string_view ArcVerification::collect() {
    std::string_view problem;
    for (const RawField& field : header_.all()) {
        if (iequals(field.name, "ARC-Authentication-Results"))
            problem = take(field, &Set::results);
        else if (iequals(field.name, "ARC-Message-Signature"))
            problem = take(field, &Set::message);
        else if (iequals(field.name, "ARC-Seal"))
            problem = take(field, &Set::seal);
        if (!problem.empty()) return problem;
    }
    const bool whole = std::ranges::all_of(
        sets_, [](const Set& set) { return set.results != nullptr && set.message != nullptr && set.seal != nullptr; });
    return whole ? std::string_view() : "a set is not complete";
}

std::string_view ArcVerification::parse_seals() {
    for (std::size_t i = 0; i < sets_.size(); ++i) {
        const auto tags = TagList::parse(sets_[i].seal->value());
        if (!tags) return "a seal is malformed";
        Seal& seal = sets_[i].parsed;
        seal.domain = to_lower(tags->find_or("d", ""));
        seal.selector = to_lower(tags->find_or("s", ""));
        seal.chain = to_lower(tags->find_or("cv", ""));
        seal.signature = base64_decode(tags->compact("b")).value_or("");
        const std::string_view algorithm = tags->find_or("a", "");
        seal.type = iequals(algorithm, "ed25519-sha256") ? KeyType::ed25519 : KeyType::rsa;
        if (seal.type == KeyType::rsa && !iequals(algorithm, "rsa-sha256")) return "a seal of an unknown algorithm";
        if (tags->find("h")) return "a seal with h=";  // RFC 8617 4.1.3
        if (const auto time = tags->find("t"); time && !parse_u64(*time)) return "a seal of an unknown time";
        if (!message::is_domain_name(seal.domain) || !message::is_domain_name(seal.selector) || seal.signature.empty())
            return "a seal is malformed";
        if (seal.chain != (i == 0 ? "none" : "pass")) return "a seal says that the chain is broken";
    }
    return {};
}

/// RFC 8617 5.2: the newest message signature, then every seal.
bool ArcVerification::judge(const BodyHashes& hashes, Answers& answers) {
    if (concluded_) return true;
    if (!judge_message(hashes, answers)) return false;
    bool missing = false;  // ask for all keys at once
    for (std::size_t number = sets_.size(); number > 0 && !concluded_; --number)
        missing = !judge_seal(number, answers) || missing;
    if (concluded_) return true;
    return missing ? false : conclude(ArcResult::pass, "");
}

bool ArcVerification::judge_message(const BodyHashes& hashes, Answers& answers) {
    const DkimVerdict* verdict = message_check_->judge(hashes, answers);
    if (verdict == nullptr) return false;
    const auto& fields = verdict->signature.fields;
    if (verdict->result == DkimResult::temperror) return conclude(ArcResult::temperror, verdict->problem);
    if (verdict->result != DkimResult::pass) return conclude(ArcResult::fail, "message signature: " + verdict->problem);
    if (std::ranges::find(fields, "arc-seal") != fields.end())
        return conclude(ArcResult::fail, "the message signature covers a seal");  // RFC 8617 4.1.2
    return true;
}

bool ArcVerification::judge_seal(std::size_t number, Answers& answers) {
    const Seal& seal = sets_[number - 1].parsed;
    const KeyLookup found = look_up_key(answers, seal.selector, seal.domain);
    const std::string name = "seal " + std::to_string(number);
    if (found.state == KeyLookup::State::missing) return false;
    if (found.state == KeyLookup::State::temporary) return conclude(ArcResult::temperror, found.problem);
    if (found.state != KeyLookup::State::found) return conclude(ArcResult::fail, name + ": " + found.problem);
    const auto key = PublicKey::from_bytes(found.record.type, found.record.key);
    if (!key || found.record.type != seal.type) return conclude(ArcResult::fail, name + ": unusable key");
    if (seal.type == KeyType::rsa && key->bits() < limits_.signatures.least_rsa_bits)
        return conclude(ArcResult::fail, name + ": the key is too short");
    if (!key->verifies(seal_digest(number), seal.signature)) return conclude(ArcResult::fail, name + " did not verify");
    return true;
}

/// RFC 8617 5.1.1: the sets up to this one, relaxed, the seal itself last and with an empty b=.
std::string ArcVerification::seal_digest(std::size_t number) const {
    std::string input;
    for (std::size_t i = 0; i < number; ++i) {
        input += canonical_field(sets_[i].results->whole, Canon::relaxed);
        input += canonical_field(sets_[i].message->whole, Canon::relaxed);
        const std::string_view seal = sets_[i].seal->whole;
        if (i + 1 < number) {
            input += canonical_field(seal, Canon::relaxed);
            continue;
        }
        const std::size_t colon = seal.find(':');
        const std::string bare =
            std::string(seal.substr(0, colon + 1)) + without_tag_value(seal.substr(colon + 1), "b");
        std::string last = canonical_field(bare, Canon::relaxed);
        last.resize(last.size() - 2);
        input += last;
    }
    return sha256(input);
}

}  // namespace restante::mailauth
