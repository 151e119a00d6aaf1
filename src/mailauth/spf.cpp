#include "mailauth/spf.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "mailauth/spf_macro.hpp"
#include "mailauth/spf_record.hpp"

namespace restante::mailauth {
namespace {

using Status = net::DnsAnswer::Status;
using Type = net::DnsQuestion::Type;
using Kind = SpfDirective::Kind;

/// "a.example": at least two labels, each of 1 to 63 octets (RFC 7208 4.3).
bool is_qualified_domain(std::string_view domain) {
    if (domain.ends_with('.')) domain.remove_suffix(1);
    if (domain.size() > 253 || domain.find('.') == std::string_view::npos) return false;
    return std::ranges::all_of(split(domain, '.'), [](auto label) { return !label.empty() && label.size() <= 63; });
}

bool same_network(std::string_view a, std::string_view b, unsigned prefix) {
    if (a.size() != b.size()) return false;
    const std::size_t whole = prefix / 8;
    if (a.substr(0, whole) != b.substr(0, whole)) return false;
    if (prefix % 8 == 0) return true;
    const unsigned mask = 0xffU << (8 - prefix % 8) & 0xffU;
    return ((static_cast<unsigned>(a[whole]) ^ static_cast<unsigned>(b[whole])) & mask) == 0;
}

SpfResult result_of(char qualifier) {
    switch (qualifier) {
        case '-':
            return SpfResult::fail;
        case '~':
            return SpfResult::softfail;
        case '?':
            return SpfResult::neutral;
        default:
            return SpfResult::pass;
    }
}

/// One call of check_spf(): look-ups are counted over all records it comes to.
class Evaluation {
public:
    Evaluation(const SpfQuery& query, Answers& answers, const SpfLimits& limits)
        : query_(query), answers_(answers), limits_(limits) {}

    std::optional<SpfVerdict> check(const std::string& domain, bool is_first);

private:
    enum class Match { no, yes, missing, temporary, permanent };

    Match evaluate(const SpfDirective& directive, const std::string& domain);
    Match include(const std::string& target);
    Match a(const SpfDirective& directive, const std::string& target);
    Match mx(const SpfDirective& directive, const std::string& target);
    Match ptr(const std::string& target);
    Match exists(const std::string& target);
    Match matches(const net::DnsAnswer& answer, const SpfDirective& directive);
    std::optional<SpfVerdict> follow(const SpfRecord& record, const std::string& domain, bool is_first);
    std::optional<std::string> explain(const SpfRecord& record, const std::string& domain);
    std::optional<std::string> validated_name(const std::string& domain);
    std::optional<std::vector<std::string>> validated_names();

    SpfMacroContext context(const std::string& domain) {
        return {query_, domain, [this, domain] { return validated_name(domain); }};
    }
    Type address_type() const { return query_.client.family() == net::Address::Family::ipv6 ? Type::aaaa : Type::a; }
    bool is_over_terms() { return ++terms_ > limits_.terms; }
    /// Counts an answer without records; true when there were too many.
    bool is_over_voids(const net::DnsAnswer& answer) {
        if (answer.status != Status::nodata && answer.status != Status::nxdomain) return false;
        return ++voids_ > limits_.voids;
    }
    Match permanent(std::string problem) {
        problem_ = std::move(problem);
        return Match::permanent;
    }
    Match temporary(const net::DnsAnswer& answer) {
        problem_ = answer.detail;
        return Match::temporary;
    }

    const SpfQuery& query_;
    Answers& answers_;
    const SpfLimits& limits_;
    int terms_ = 0, voids_ = 0;
    std::string problem_;
};

std::optional<SpfVerdict> Evaluation::check(const std::string& domain, bool is_first) {
    if (!is_qualified_domain(domain)) return SpfVerdict{SpfResult::none, {}, "not a domain with SPF", {}};
    const net::DnsAnswer* answer = answers_.ask(Type::txt, domain);
    if (answer == nullptr) return std::nullopt;
    if (answer->status == Status::servfail) return SpfVerdict{SpfResult::temperror, {}, answer->detail, {}};
    const auto is_spf = [](const std::string& text) { return is_spf_record(text); };
    const auto records = std::ranges::count_if(answer->texts, is_spf);
    if (records == 0) return SpfVerdict{SpfResult::none, {}, "no SPF record", {}};
    if (records > 1) return SpfVerdict{SpfResult::permerror, {}, "more than one SPF record", {}};
    const auto record = parse_spf_record(*std::ranges::find_if(answer->texts, is_spf));
    if (!record) return SpfVerdict{SpfResult::permerror, {}, record.error().detail, {}};

    for (const SpfDirective& directive : record->directives) {
        switch (evaluate(directive, domain)) {
            case Match::no:
                continue;
            case Match::missing:
                return std::nullopt;
            case Match::temporary:
                return SpfVerdict{SpfResult::temperror, directive.text, problem_, {}};
            case Match::permanent:
                return SpfVerdict{SpfResult::permerror, directive.text, problem_, {}};
            case Match::yes:
                break;
        }
        SpfVerdict verdict{result_of(directive.qualifier), directive.text, {}, {}};
        if (verdict.result == SpfResult::fail && is_first) {
            auto explanation = explain(*record, domain);
            if (!explanation) return std::nullopt;
            verdict.explanation = std::move(*explanation);
        }
        return verdict;
    }
    if (record->redirect) return follow(*record, domain, is_first);
    return SpfVerdict{SpfResult::neutral, {}, {}, {}};
}

std::optional<SpfVerdict> Evaluation::follow(const SpfRecord& record, const std::string& domain, bool is_first) {
    if (is_over_terms()) return SpfVerdict{SpfResult::permerror, "redirect", "too many look-ups", {}};
    const auto target = expand_spf_domain(*record.redirect, context(domain));
    if (!target) return std::nullopt;
    auto verdict = check(*target, is_first);
    if (verdict && verdict->result == SpfResult::none) {  // RFC 7208 6.1
        verdict->result = SpfResult::permerror;
        verdict->problem = "redirect to a domain without SPF record";
    }
    return verdict;
}

Evaluation::Match Evaluation::evaluate(const SpfDirective& directive, const std::string& domain) {
    const std::string_view client = query_.client.ip_bytes();
    switch (directive.kind) {
        case Kind::all:
            return Match::yes;
        case Kind::ip4:
            return same_network(client, directive.network, directive.prefix4) ? Match::yes : Match::no;
        case Kind::ip6:
            return same_network(client, directive.network, directive.prefix6) ? Match::yes : Match::no;
        default:
            break;
    }
    if (is_over_terms()) return permanent("more than " + std::to_string(limits_.terms) + " terms with look-ups");
    const auto target =
        directive.domain.empty() ? std::optional(domain) : expand_spf_domain(directive.domain, context(domain));
    if (!target) return Match::missing;
    switch (directive.kind) {
        case Kind::include:
            return include(*target);
        case Kind::a:
            return a(directive, *target);
        case Kind::mx:
            return mx(directive, *target);
        case Kind::ptr:
            return ptr(*target);
        default:
            return exists(*target);
    }
}

/// RFC 7208 5.2.
Evaluation::Match Evaluation::include(const std::string& target) {
    const auto inner = check(target, false);
    if (!inner) return Match::missing;
    switch (inner->result) {
        case SpfResult::pass:
            return Match::yes;
        case SpfResult::temperror:
            problem_ = inner->problem;
            return Match::temporary;
        case SpfResult::permerror:
        case SpfResult::none:
            return permanent(target + ": " + inner->problem);
        default:
            return Match::no;
    }
}

Evaluation::Match Evaluation::matches(const net::DnsAnswer& answer, const SpfDirective& directive) {
    if (answer.status == Status::servfail) return temporary(answer);
    if (is_over_voids(answer)) return permanent("too many look-ups without a record");
    const unsigned prefix = address_type() == Type::a ? directive.prefix4 : directive.prefix6;
    const bool any = std::ranges::any_of(answer.addresses, [&](const net::Address& address) {
        return same_network(address.ip_bytes(), query_.client.ip_bytes(), prefix);
    });
    return any ? Match::yes : Match::no;
}

Evaluation::Match Evaluation::a(const SpfDirective& directive, const std::string& target) {
    const net::DnsAnswer* answer = answers_.ask(address_type(), target);
    return answer == nullptr ? Match::missing : matches(*answer, directive);
}

Evaluation::Match Evaluation::mx(const SpfDirective& directive, const std::string& target) {
    const net::DnsAnswer* answer = answers_.ask(Type::mx, target);
    if (answer == nullptr) return Match::missing;
    if (answer->status == Status::servfail) return temporary(*answer);
    if (is_over_voids(*answer)) return permanent("too many look-ups without a record");
    if (answer->exchangers.size() > limits_.exchangers) return permanent("too many mail exchangers");
    bool missing = false;  // ask for all of them at once, but judge in order
    for (const net::MailExchanger& exchanger : answer->exchangers) {
        if (exchanger.host.empty()) continue;
        const net::DnsAnswer* addresses = answers_.ask(address_type(), exchanger.host);
        missing = missing || addresses == nullptr;
        if (missing) continue;
        if (const Match match = matches(*addresses, directive); match != Match::no) return match;
    }
    return missing ? Match::missing : Match::no;
}

/// RFC 7208 5.5: names of the client's address that lead back to it. Faults of the name system count as no name.
std::optional<std::vector<std::string>> Evaluation::validated_names() {
    std::vector<std::string> out;
    const net::DnsAnswer* answer = answers_.ask(Type::ptr, net::reverse_name(query_.client));
    if (answer == nullptr) return std::nullopt;
    bool missing = false;
    for (std::size_t i = 0; i < std::min(answer->names.size(), limits_.names); ++i) {
        const net::DnsAnswer* addresses = answers_.ask(address_type(), answer->names[i]);
        if (addresses == nullptr)
            missing = true;
        else if (std::ranges::any_of(addresses->addresses,
                                     [&](const auto& a) { return a.ip_bytes() == query_.client.ip_bytes(); }))
            out.push_back(answer->names[i]);
    }
    if (missing) return std::nullopt;
    return out;
}

Evaluation::Match Evaluation::ptr(const std::string& target) {
    const auto names = validated_names();
    if (!names) return Match::missing;
    if (is_over_voids(*answers_.ask(Type::ptr, net::reverse_name(query_.client))))
        return permanent("too many look-ups without a record");
    const std::string wanted = net::canonical_name(target);
    const bool any = std::ranges::any_of(
        *names, [&](const std::string& name) { return name == wanted || name.ends_with("." + wanted); });
    return any ? Match::yes : Match::no;
}

/// %{p}: the domain itself, else a name below it, else any (RFC 7208 7.3).
std::optional<std::string> Evaluation::validated_name(const std::string& domain) {
    const auto names = validated_names();
    if (!names) return std::nullopt;
    const std::string wanted = net::canonical_name(domain);
    if (std::ranges::find(*names, wanted) != names->end()) return wanted;
    const auto below = std::ranges::find_if(*names, [&](const auto& name) { return name.ends_with("." + wanted); });
    if (below != names->end()) return *below;
    return names->empty() ? "unknown" : names->front();
}

Evaluation::Match Evaluation::exists(const std::string& target) {
    const net::DnsAnswer* answer = answers_.ask(Type::a, target);  // also for IPv6 clients (RFC 7208 5.7)
    if (answer == nullptr) return Match::missing;
    if (answer->status == Status::servfail) return temporary(*answer);
    if (is_over_voids(*answer)) return permanent("too many look-ups without a record");
    return answer->addresses.empty() ? Match::no : Match::yes;
}

/// RFC 7208 6.2: whatever goes wrong, there is no explanation then.
std::optional<std::string> Evaluation::explain(const SpfRecord& record, const std::string& domain) {
    if (!record.explanation) return std::string();
    const auto target = expand_spf_domain(*record.explanation, context(domain));
    if (!target) return std::nullopt;
    const net::DnsAnswer* answer = answers_.ask(Type::txt, *target);
    if (answer == nullptr) return std::nullopt;
    if (answer->texts.size() != 1 || !is_spf_macro_string(answer->texts.front(), true)) return std::string();
    return expand_spf_macros(answer->texts.front(), context(domain));
}

}  // namespace

const char* to_string(SpfResult result) {
    static constexpr const char* words[] = {"none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"};
    return words[static_cast<int>(result)];
}

std::optional<SpfVerdict> check_spf(const SpfQuery& query, Answers& answers, const SpfLimits& limits) {
    return Evaluation(query, answers, limits).check(query.domain, true);
}

}  // namespace restante::mailauth
