#pragma once
// Where POP3 servers write down the UIDLs of a maildir: Dovecot's dovecot-uidlist, Courier's courierpop3dsizelist. Pure.
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.hpp"

namespace restante::moving {

/// What is known of one file, by its name without flags.
struct UidEntry {
    std::uint32_t uid = 0;
    std::uint64_t order = 0;  // of the POP3 listing, where it is not that of the UIDs; 0: not said
    std::string uidl;         // as given out; empty: follows from uid and format
    std::string guid;
};

struct UidList {
    std::uint32_t uid_validity = 0;
    std::unordered_map<std::string, UidEntry> files;
    std::size_t faults = 0;  // lines that could not be read
};

/// The part of a maildir file name that stays when flags change.
std::string_view base_name(std::string_view file_name);

/// Versions 1 and 3. Errors: unsupported, corrupt (the first line).
Result<UidList> parse_dovecot_uidlist(std::string_view text);
/// Versions 0 to 3; every entry has its uidl.
Result<UidList> parse_courier_sizelist(std::string_view text);
/// The UIDL of Courier for files its list has no number of.
std::string courier_name_uidl(std::string_view base_name);

}  // namespace restante::moving
