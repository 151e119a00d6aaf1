// The text of a signature, and the digest it signs.
#include <algorithm>
#include <map>

#include "base/random.hpp"
#include "base/text.hpp"
#include "mailauth/dkim.hpp"
#include "mailauth/tag_list.hpp"
#include "message/envelope.hpp"

namespace restante::mailauth {
namespace {

bool read_algorithm(std::string_view text, DkimSignature& out) {
    out.is_sha1 = iequals(text, "rsa-sha1");
    out.type = iequals(text, "ed25519-sha256") ? KeyType::ed25519 : KeyType::rsa;
    return out.is_sha1 || out.type == KeyType::ed25519 || iequals(text, "rsa-sha256");
}

std::optional<Canon> canon_of(std::string_view text) {
    if (iequals(text, "simple")) return Canon::simple;
    if (iequals(text, "relaxed")) return Canon::relaxed;
    return std::nullopt;
}

/// "relaxed/simple"; the second is simple where it is left out.
bool read_canon(std::string_view text, DkimSignature& out) {
    const std::size_t slash = text.find('/');
    const auto header = canon_of(trim(text.substr(0, slash)));
    const auto body = slash == std::string_view::npos ? Canon::simple : canon_of(trim(text.substr(slash + 1)));
    if (!header || !body) return false;
    out.header = *header;
    out.body = *body;
    return true;
}

bool read_number(const TagList& tags, std::string_view name, std::optional<std::uint64_t>& out) {
    const auto text = tags.find(name);
    if (!text) return true;
    out = parse_u64(*text);
    return out.has_value();
}

bool is_below(std::string_view domain, std::string_view parent) {
    return iequals(domain, parent) ||
           (domain.size() > parent.size() + 1 && domain[domain.size() - parent.size() - 1] == '.' &&
            iequals(domain.substr(domain.size() - parent.size()), parent));
}

/// Names and numbers; what is wrong with them, or nothing.
std::string_view read_owner(const TagList& tags, bool is_arc, DkimSignature& out) {
    out.domain = to_lower(tags.find_or("d", ""));
    out.selector = to_lower(tags.find_or("s", ""));
    if (!message::is_domain_name(out.domain)) return "d= is no domain";
    if (!message::is_domain_name(out.selector)) return "s= is no selector";
    out.identity = is_arc ? "@" + out.domain : tags.compact("i");
    if (out.identity.empty()) out.identity = "@" + out.domain;
    const std::size_t at = out.identity.rfind('@');
    if (at == std::string::npos || !is_below(std::string_view(out.identity).substr(at + 1), out.domain))
        return "i= is not of the domain";
    return {};
}

std::string_view read_content(const TagList& tags, bool is_arc, DkimSignature& out) {
    if (!read_algorithm(tags.find_or("a", ""), out)) return "a= is unknown";
    // ARC's public test suite and its implementations take relaxed where RFC 8617 names no default of its own.
    const std::string_view otherwise = is_arc ? "relaxed/relaxed" : "simple/simple";
    if (!read_canon(tags.find_or("c", otherwise), out)) return "c= is unknown";
    for (const std::string_view name : colon_list(tags.find_or("h", ""))) out.fields.push_back(to_lower(name));
    auto signature = base64_decode(tags.compact("b")), hash = base64_decode(tags.compact("bh"));
    if (!signature || signature->empty()) return "b= is no signature";
    if (!hash || hash->empty()) return "bh= is no digest";
    out.signature = std::move(*signature);
    out.body_hash = std::move(*hash);
    if (!read_number(tags, "l", out.length)) return "l= is no number";
    if (!read_number(tags, "t", out.signed_at)) return "t= is no number";
    if (!read_number(tags, "x", out.expires)) return "x= is no number";
    if (const auto methods = tags.find("q"); methods && methods->find("dns/txt") == std::string_view::npos)
        return "q= is unknown";
    return {};
}

}  // namespace

std::string DkimSignature::algorithm() const { return std::string(to_string(type)) + (is_sha1 ? "-sha1" : "-sha256"); }

Result<DkimSignature> parse_dkim_signature(std::string_view value, bool is_arc) {
    const auto tags = TagList::parse(value);
    if (!tags) return fail(tags.error());
    DkimSignature out;
    std::string_view problem;
    if (!is_arc && tags->find_or("v", "") != "1")
        problem = "v= is not 1";
    else if (is_arc && tags->find("v"))
        problem = "v= must not be there";
    if (problem.empty()) problem = read_owner(*tags, is_arc, out);
    if (problem.empty()) problem = read_content(*tags, is_arc, out);
    if (!problem.empty()) return fail(ErrorKind::invalid, std::string(problem));
    return out;
}

std::string header_digest(const HeaderFields& header, const std::vector<std::string>& names, Canon canon,
                          std::string_view own) {
    std::map<std::string, std::vector<const RawField*>, std::less<>> left;
    std::string input;
    for (const std::string& name : names) {
        auto [found, is_new] = left.try_emplace(name);
        if (is_new) found->second = header.named(name);
        if (found->second.empty()) continue;  // signed to be absent
        input += canonical_field(found->second.back()->whole, canon);
        found->second.pop_back();
    }
    const std::size_t colon = own.find(':');
    const std::string bare = std::string(own.substr(0, colon + 1)) + without_tag_value(own.substr(colon + 1), "b");
    std::string last = canonical_field(bare, canon);
    last.resize(last.size() - 2);
    return sha256(input + last);
}

}  // namespace restante::mailauth
