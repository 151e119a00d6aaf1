#include "mailauth/key_record.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "mailauth/tag_list.hpp"

namespace restante::mailauth {
namespace {

bool lists(std::string_view list, std::string_view wanted) {
    return std::ranges::any_of(colon_list(list), [&](auto entry) { return iequals(entry, wanted); });
}

}  // namespace

Result<KeyRecord> parse_key_record(std::string_view text) {
    const auto tags = TagList::parse(text);
    if (!tags) return fail(tags.error());
    if (const auto version = tags->find("v"); version && (*version != "DKIM1" || tags->first_name() != "v"))
        return fail(ErrorKind::invalid, "not a DKIM1 record");
    KeyRecord out;
    const std::string_view type = tags->find_or("k", "rsa");
    if (iequals(type, "ed25519"))
        out.type = KeyType::ed25519;
    else if (!iequals(type, "rsa"))
        return fail(ErrorKind::invalid, "a key of an unknown type");
    if (const auto hashes = tags->find("h"); hashes && !lists(*hashes, "sha256"))
        return fail(ErrorKind::invalid, "the key is not for SHA-256");
    const std::string_view services = tags->find_or("s", "*");
    if (!lists(services, "*") && !lists(services, "email")) return fail(ErrorKind::invalid, "the key is not for mail");
    out.testing = lists(tags->find_or("t", ""), "y");
    out.no_subdomains = lists(tags->find_or("t", ""), "s");
    if (!tags->find("p")) return fail(ErrorKind::invalid, "a record without a key");
    auto key = base64_decode(tags->compact("p"));
    if (!key) return fail(ErrorKind::invalid, "the key is not base64");
    out.key = std::move(*key);
    return out;
}

std::string write_key_record(const PrivateKey& key) {
    return std::string("v=DKIM1; k=") + to_string(key.type()) + "; p=" + base64_encode(key.public_bytes());
}

std::string key_record_name(std::string_view selector, std::string_view domain) {
    return std::string(selector).append("._domainkey.").append(domain);
}

KeyLookup look_up_key(Answers& answers, std::string_view selector, std::string_view domain) {
    using State = KeyLookup::State;
    const net::DnsAnswer* answer = answers.ask(net::DnsQuestion::Type::txt, key_record_name(selector, domain));
    if (answer == nullptr) return {};
    if (answer->status == net::DnsAnswer::Status::servfail) return {State::temporary, {}, answer->detail};
    if (answer->texts.empty()) return {State::none, {}, "no key"};
    KeyLookup out{State::unusable, {}, {}};
    for (const std::string& text : answer->texts) {  // RFC 6376 3.6.2.2: there should be one
        auto record = parse_key_record(text);
        if (!record) {
            out.problem = record.error().detail;
            continue;
        }
        const bool revoked = record->key.empty();
        return {revoked ? State::revoked : State::found, std::move(*record), revoked ? "the key is revoked" : ""};
    }
    return out;
}

}  // namespace restante::mailauth
