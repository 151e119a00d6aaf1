#pragma once
// Makes DKIM signatures (RFC 6376 5, RFC 8463). Pure.
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "mailauth/canonical.hpp"
#include "mailauth/keys.hpp"

namespace restante::mailauth {

struct SigningKey {
    std::string domain, selector;
    PrivateKey key;
};

/// h= for this message: the fields worth signing as often as they are there, and once more, so that none can be added
/// (oversigning).
std::vector<std::string> fields_to_sign(const HeaderFields& header);

/// "DKIM-Signature: ...CRLF", relaxed/relaxed. body_digest: of BodyHash(Canon::relaxed). lifetime: 0 for no x=.
std::string dkim_signature_field(const HeaderFields& header, const std::string& body_digest, const SigningKey& key,
                                 Timestamp now, std::chrono::seconds lifetime = std::chrono::seconds(0));

}  // namespace restante::mailauth
