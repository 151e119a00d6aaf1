#pragma once
// How an account's maildrop is served over POP3. The same struct holds the service's defaults.
#include <chrono>
#include <cstdint>

namespace restante::directory {

/// What DELE does.
enum class Retrieval {
    remove,  // removes
    leave,   // hides from this client (by login name or app password) only
    debug,   // affects nothing
};

struct Pop3Settings {
    bool descending = false;                 // retrieval order, newest first (S2.24)
    bool fast_sizes = false;                 // LIST/STAT from the index instead of exact counting (S2.26; ours are
                                             // exact at no cost: accepted, changes nothing)
    std::chrono::seconds min_poll{0};        // least time between two logins: [LOGIN-DELAY]; 0: none
    Retrieval retrieval = Retrieval::remove;
    std::chrono::days undo{7};               // POP deletes can be undone that long; 0: gone at once
    std::uint32_t alert_percent = 50;        // alert when one session deletes more than this share ...
    std::uint32_t alert_from = 200;          // ... of a maildrop with at least this many messages; percent 0: never
    std::uint32_t expire_days = 0;           // EXPIRE of CAPA; 0 here: NEVER

    bool operator==(const Pop3Settings&) const = default;
};

}  // namespace restante::directory
