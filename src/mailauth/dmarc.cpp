#include "mailauth/dmarc.hpp"

#include <libpsl.h>

#include <algorithm>
#include <stdexcept>

#include "base/text.hpp"
#include "mailauth/tag_list.hpp"
#include "message/envelope.hpp"

namespace restante::mailauth {
namespace {

using Policy = DmarcRecord::Policy;
using Outcome = DmarcVerdict::Result;

std::optional<Policy> policy_of(std::string_view text) {
    for (const Policy policy : {Policy::none, Policy::quarantine, Policy::reject})
        if (iequals(text, to_string(policy))) return policy;
    return std::nullopt;
}

/// RFC 7489 6.6.3: one record, or the rest of the steps.
struct Discovery {
    enum class State { missing, temporary, none, found } state = State::none;
    std::string text, detail;
};

Discovery discover(Answers& answers, const std::string& domain) {
    const net::DnsAnswer* answer = answers.ask(net::DnsQuestion::Type::txt, "_dmarc." + domain);
    if (answer == nullptr) return {Discovery::State::missing, {}, {}};
    if (answer->status == net::DnsAnswer::Status::servfail) return {Discovery::State::temporary, {}, answer->detail};
    const auto is_record = [](const std::string& text) { return is_dmarc_record(text); };
    if (std::ranges::count_if(answer->texts, is_record) != 1) return {};
    return {Discovery::State::found, *std::ranges::find_if(answer->texts, is_record), {}};
}

/// RFC 7489 6.6.4: those the dice spare get the next milder policy.
Policy sampled(Policy policy, unsigned percent, unsigned dice) {
    if (dice < percent || policy == Policy::none) return policy;
    return policy == Policy::reject ? Policy::quarantine : Policy::none;
}

}  // namespace

struct PublicSuffixes::List {
    psl_ctx_t* context = nullptr;
    bool owned = true;
    ~List() {
        if (owned) psl_free(context);
    }
};

PublicSuffixes::PublicSuffixes() : list_(std::make_unique<List>()) {
    list_->context = psl_latest(nullptr);
    if (list_->context == nullptr) throw std::runtime_error("there is no public suffix list");
}

PublicSuffixes::PublicSuffixes(const std::string& list) : list_(std::make_unique<List>()) {
    std::FILE* text = ::fmemopen(const_cast<char*>(list.data()), list.size(), "r");
    if (text != nullptr) list_->context = psl_load_fp(text);
    if (text != nullptr) std::fclose(text);
    if (list_->context == nullptr) throw std::runtime_error("not a public suffix list");
}

PublicSuffixes::~PublicSuffixes() = default;

std::string PublicSuffixes::organizational_domain(std::string_view domain) const {
    std::string name = net::canonical_name(domain);
    const char* found = psl_registrable_domain(list_->context, name.c_str());
    return found == nullptr ? name : std::string(found);
}

const char* to_string(Policy policy) {
    static constexpr const char* words[] = {"none", "quarantine", "reject"};
    return words[static_cast<int>(policy)];
}

const char* to_string(Outcome result) {
    static constexpr const char* words[] = {"none", "pass", "fail", "temperror", "permerror"};
    return words[static_cast<int>(result)];
}

bool is_dmarc_record(std::string_view text) {
    const std::string_view first = trim(text.substr(0, text.find(';')));
    const std::size_t sign = first.find('=');
    return sign != std::string_view::npos && trim(first.substr(0, sign)) == "v" &&
           trim(first.substr(sign + 1)) == "DMARC1";
}

Result<DmarcRecord> parse_dmarc_record(std::string_view text) {
    const auto tags = TagList::parse(text);
    if (!tags) return fail(tags.error());
    DmarcRecord out;
    const auto policy = policy_of(tags->find_or("p", ""));
    const std::string_view subdomains = tags->find_or("sp", "");
    out.subdomain_policy = policy_of(subdomains);
    if (!policy || (!subdomains.empty() && !out.subdomain_policy)) {
        if (tags->find_or("rua", "").empty()) return fail(ErrorKind::invalid, "a record without a policy");
        out.subdomain_policy.reset();  // whoever wants reports meant p=none
    }
    out.policy = policy && (subdomains.empty() || out.subdomain_policy) ? *policy : Policy::none;
    out.strict_dkim = iequals(tags->find_or("adkim", "r"), "s");
    out.strict_spf = iequals(tags->find_or("aspf", "r"), "s");
    const auto percent = parse_u64(tags->find_or("pct", "100"));
    out.percent = percent && *percent <= 100 ? static_cast<unsigned>(*percent) : 100;
    return out;
}

std::optional<DmarcVerdict> check_dmarc(const DmarcQuery& query, const PublicSuffixes& suffixes, Answers& answers) {
    DmarcVerdict out;
    // RFC 7489 6.6.1: without exactly one author domain there is nobody to ask.
    if (query.authors.fields != 1 || query.authors.domains.size() != 1) {
        out.result = Outcome::permerror;
        out.problem = query.authors.fields > 1 ? "more than one From field" : "not exactly one author domain";
        return out;
    }
    out.domain = query.authors.domains.front();
    const std::string organization = suffixes.organizational_domain(out.domain);
    Discovery found = discover(answers, out.domain);
    const bool own = found.state == Discovery::State::found;
    if (found.state == Discovery::State::none && organization != out.domain) found = discover(answers, organization);
    if (found.state == Discovery::State::missing) return std::nullopt;
    if (found.state == Discovery::State::temporary) {
        out.result = Outcome::temperror;
        out.problem = found.detail;
        return out;
    }
    if (found.state == Discovery::State::none) return out;
    const auto record = parse_dmarc_record(found.text);
    if (!record) {
        out.result = Outcome::permerror;
        out.problem = record.error().detail;
        return out;
    }
    const auto aligned = [&](const std::string& domain, bool strict) {
        return strict ? iequals(domain, out.domain) : suffixes.organizational_domain(domain) == organization;
    };
    const bool pass = (query.spf_domain && aligned(*query.spf_domain, record->strict_spf)) ||
                      std::ranges::any_of(query.dkim_domains,
                                          [&](const auto& domain) { return aligned(domain, record->strict_dkim); });
    out.published = own ? record->policy : record->subdomain_policy.value_or(record->policy);
    out.result = pass ? Outcome::pass : Outcome::fail;
    if (!pass) out.applied = sampled(out.published, record->percent, query.dice);
    return out;
}

}  // namespace restante::mailauth
