#pragma once
// Settings of logins that need more than the directory.
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace restante::login {

/// Every mechanism that a service may be told to offer.
inline std::vector<std::string> known_mechanisms() {
    return {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "PLAIN",    "LOGIN",
            "OAUTHBEARER",        "XOAUTH2",       "GSSAPI",           "CRAM-MD5",    "NTLM"};
}
/// What a service offers unless told otherwise: all that need no clear password in the directory. Of these it lists
/// those that can succeed (Doorkeeper::offered).
inline std::vector<std::string> default_mechanisms() {
    return {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "PLAIN", "LOGIN",
            "OAUTHBEARER",        "XOAUTH2",       "GSSAPI"};
}

/// Extended protection (S2.15): whether a login is bound to its TLS connection, so that nobody in between can pass it on
/// (RFC 5056). "none": such mechanisms are not offered; "allow": beside the others; "require": nothing else is.
inline std::vector<std::string> protections() { return {"none", "allow", "require"}; }
/// Of these mechanisms those that go with it.
std::vector<std::string> under_protection(const std::vector<std::string>& mechanisms, std::string_view protection);

/// OAUTHBEARER and XOAUTH2: whose token it is says an OAuth server (RFC 7662).
struct OAuthOptions {
    std::string introspection_url{};       // https, or http to this machine; empty: no OAuth
    std::string client_id{};               // of this server at the OAuth server
    std::string client_secret{};           // the same
    std::string ca_file{};                 // PEM authorities for https; empty: the system's
    std::string owner_field = "username";  // member of the answer that names the account or its address
    std::string scope{};                   // must be among the token's scopes; empty: any will do
    std::chrono::seconds timeout{10};      // for one question
    std::chrono::seconds cache{60};        // a good answer is used again that long; 0: never
    std::size_t cache_entries = 10'000;    // answers remembered at a time
};

/// GSSAPI: Kerberos 5.
struct GssapiOptions {
    std::string keytab{};  // file with the keys of pop/HOST and smtp/HOST; empty: no GSSAPI
    std::string realm{};   // of the people who may log in; empty: the service's own
};

struct Options {
    OAuthOptions oauth{};
    GssapiOptions gssapi{};
};

}  // namespace restante::login
