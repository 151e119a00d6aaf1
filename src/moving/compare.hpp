#pragma once
// Is a mailbox the same for its POP3 clients after the move? Pure.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace restante::moving {

/// One message on either side.
struct Have {
    std::string uidl;  // empty: none is known
    std::uint64_t octets = 0;
    std::string sha256;  // hex; empty: not computed
    std::string name;    // for a person
};

struct Finding {
    enum class Kind {
        changed,  // it is there under another UIDL: clients that leave mail on the server download it again
        missing,  // it is not there
        resized,  // the UIDL is there with another size
        altered,  // the UIDL is there with another content
        unknown,  // the source does not know a UIDL for it: no client has seen it, or its list is lost
    };
    Kind kind = Kind::missing;
    std::string name, uidl, new_uidl;
};
const char* to_string(Finding::Kind kind);

struct Comparison {
    std::uint64_t messages = 0, octets = 0;              // before
    std::uint64_t messages_after = 0, octets_after = 0;  // after, what came since then included
    std::uint64_t equal = 0;                             // UIDL, size and, where known, content are the same
    std::uint64_t changed = 0, missing = 0, resized = 0, altered = 0, unknown = 0;
    std::uint64_t added = 0;  // after only: mail that came since
    std::vector<Finding> findings;

    /// No client that remembers UIDLs will download anything twice: no message is there under another UIDL.
    bool nothing_twice() const { return changed == 0; }
    /// And everything is there as it was.
    bool complete() const { return changed + missing + resized + altered == 0; }
};

/// A size that differs is looked over where the last line had no end before (`octets` two less).
Comparison compare(std::span<const Have> before, std::span<const Have> after);

}  // namespace restante::moving
