#pragma once
// The key that a domain shows under SELECTOR._domainkey.DOMAIN (RFC 6376 3.6). Pure.
#include <string>
#include <string_view>
#include <vector>

#include "mailauth/answers.hpp"
#include "mailauth/keys.hpp"

namespace restante::mailauth {

struct KeyRecord {
    KeyType type = KeyType::rsa;
    std::string key;             // as PublicKey::from_bytes takes it; empty: revoked
    bool testing = false;        // t=y
    bool no_subdomains = false;  // t=s: i= must name exactly d=
};

/// invalid: no key record, or none for SHA-256 and mail.
Result<KeyRecord> parse_key_record(std::string_view text);

/// "v=DKIM1; k=rsa; p=..."
std::string write_key_record(const PrivateKey& key);

std::string key_record_name(std::string_view selector, std::string_view domain);

/// What the name system says of one key.
struct KeyLookup {
    enum class State { missing, found, none, revoked, unusable, temporary };
    State state = State::missing;
    KeyRecord record;
    std::string problem;
};
/// missing: the answer is not there yet.
KeyLookup look_up_key(Answers& answers, std::string_view selector, std::string_view domain);

}  // namespace restante::mailauth
