#pragma once
// What may be called how. Pure functions; every name is stored in lower case.
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "message/envelope.hpp"

namespace restante::directory {

/// A master user's, account's or list's name: 1 to 64 of a-z 0-9 . _ -, a letter or digit first and last, no "..".
/// So a name is never a path, a format or an address. Returns it in lower case.
Result<std::string> checked_name(std::string_view name);

/// A domain with at least one letter; a U-label is refused with a hint at its A-label form. Returns it in lower case.
Result<std::string> checked_domain(std::string_view domain);

/// The key of an address: its local part (unquoted) in lower case, '@', its domain. Domains hold no '@', so the last
/// one separates.
std::string address_key(const message::Address& address);

/// An alias's own address as typed: "sales@example.org", or "@example.org" for the catch-all. Returns its key.
Result<std::string> checked_alias_address(std::string_view text);

/// One destination as typed: an address, an account name, or "/dev/null". Returns its stored form.
Result<std::string> checked_destination(std::string_view text);

inline constexpr std::string_view kDiscard = "/dev/null";

/// The part of a key after the last '@'; empty if there is none.
std::string_view domain_of(std::string_view key);

}  // namespace restante::directory
