#pragma once
// Moves mailboxes into the running server, account by account, and proves that their clients will notice nothing.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api_client.hpp"
#include "moving/compare.hpp"
#include "moving/source.hpp"

namespace restante::cli {

/// One account to move.
struct MoveJob {
    std::string source;   // for a person: a folder, a login
    std::string account;  // name or address here
    std::function<Result<std::unique_ptr<moving::Source>>()> open;
    bool reads_cheaply = true;  // a file, rather than a server elsewhere: reading all of it again costs little
};

struct MoveOptions {
    bool check_only = false;  // compare, bring nothing
    bool full = false;        // compare the content of every message, not only of those whose UIDL is not found
    std::chrono::seconds patience{60};  // for a POP3 session that holds the maildrop to end
    unsigned parallel = 4;              // accounts at the same time
};

struct MessageFault {
    std::string name, detail;
};

/// What became of one account.
struct MoveOutcome {
    std::string source, account;
    Result<void> result;  // of the account as a whole
    std::uint64_t stored = 0, known = 0, failed = 0, octets = 0;
    std::uint64_t deleted_since = 0;  // moved in earlier and deleted here after that; not counted as missing
    moving::Comparison comparison;
    std::vector<MessageFault> faults;  // of messages that were not taken
    std::vector<std::string> notes;

    bool good() const { return result && failed == 0 && comparison.complete(); }
};

/// Told while it works, from any thread.
using MoveProgress = std::function<void(const std::string& account, std::uint64_t done, std::uint64_t all)>;

MoveOutcome move_account(const ApiClient& api, const MoveJob& job, const MoveOptions& options, const MoveProgress& progress);
/// In the order of the jobs.
std::vector<MoveOutcome> move_accounts(const ApiClient& api, const std::vector<MoveJob>& jobs, const MoveOptions& options,
                                       const MoveProgress& progress);

}  // namespace restante::cli
