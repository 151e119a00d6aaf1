#include "base/redaction.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace restante {
namespace {
constexpr std::array<std::string_view, 15> kMechanisms = {"PLAIN",         "LOGIN",
                                                          "CRAM-MD5",      "DIGEST-MD5",
                                                          "SCRAM-SHA-1",   "SCRAM-SHA-1-PLUS",
                                                          "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS",
                                                          "SCRAM-SHA-512", "NTLM",
                                                          "GSSAPI",        "OAUTHBEARER",
                                                          "XOAUTH2",       "EXTERNAL",
                                                          "ANONYMOUS"};
}  // namespace

std::string hidden(std::string_view what, std::size_t octets) {
    return '<' + std::string(what) + ", " + std::to_string(octets) + " octets>";
}

std::string shown_mechanism(std::string_view name) {
    const bool known = std::any_of(kMechanisms.begin(), kMechanisms.end(),
                                   [name](std::string_view mechanism) { return iequals(mechanism, name); });
    return known ? std::string(name) : hidden("mechanism", name.size());
}

}  // namespace restante
