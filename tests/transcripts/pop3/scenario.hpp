#pragma once
// What a POP3 transcript's options describe.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "pop3/server_machine.hpp"
#include "transcript.hpp"

namespace restante::transcripts {

struct Scenario {
    std::map<std::string, std::string, std::less<>> accounts;  // name -> password
    std::string nonce, apop_stamp;                             // of the server; for the bare machine only
    std::vector<std::string> messages, uidls;
    std::set<std::string> faults;
    pop3::ServerOptions options;
    bool tls_active = false;
};

/// Throws std::invalid_argument on an option it does not know.
Scenario read_scenario(const Transcript& transcript);

/// "deleted 1 3" against what was deleted (numbers from 1). Empty, or what is the case instead.
std::string check_deleted(std::string_view text, const std::set<std::size_t>& deleted);

}  // namespace restante::transcripts
