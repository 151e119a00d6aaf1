#pragma once
// What to do with each mail of a maildrop, from what the server lists and what was seen before. Pure.
#include <string>
#include <unordered_map>
#include <vector>

#include "fetch/types.hpp"
#include "pop3/client_machine.hpp"

namespace restante::fetch {

using SeenByKey = std::unordered_map<std::string, SeenMail>;

struct PlannedMail {
    enum class Action {
        leave,     // nothing to do
        remove,    // collected before, but still there: a QUIT was lost
        take,      // new
        compare,   // its UIDL was seen, but something differs: read it and go by its content
        oversize,  // too large: note it, do not read it
    };
    std::uint64_t number = 0;
    std::uint64_t octets = 0;
    std::string key;  // its UIDL, or empty: goes by its content's hash
    Action action = Action::take;
};

/// uidls: empty when the server has none. A UIDL that stands for two mails, is longer than 128 octets or holds others
/// than 0x21-0x7E (RFC 1939 7) is not trusted.
std::vector<PlannedMail> plan(const std::vector<pop3::Listed>& listed, const std::vector<pop3::Identified>& uidls,
                              const SeenByKey& seen, bool leave_on_server, const Options& options);

/// May a mail with this verdict be deleted from where it was collected?
bool is_deletable(std::string_view verdict);

}  // namespace restante::fetch
