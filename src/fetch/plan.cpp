#include "fetch/plan.hpp"

#include <algorithm>

namespace restante::fetch {
namespace {
bool is_trusted(std::string_view uidl) {
    return !uidl.empty() && uidl.size() <= 128 &&
           std::all_of(uidl.begin(), uidl.end(), [](char c) { return c >= 0x21 && c <= 0x7E; });
}

PlannedMail::Action again(const SeenMail& before, std::uint64_t octets, bool leave_on_server) {
    using Action = PlannedMail::Action;
    // Some servers hand out a UIDL twice. Only the size tells without reading the mail; after a deletion that the
    // server had confirmed, not even that: deleting it unread could lose a new mail.
    if (before.octets != octets || before.deleted) return Action::compare;
    return leave_on_server || !is_deletable(before.verdict) ? Action::leave : Action::remove;
}
}  // namespace

bool is_deletable(std::string_view verdict) {
    return verdict == "delivered" || verdict == "received" || verdict == "rejected" || verdict == "ignored";
}

std::vector<PlannedMail> plan(const std::vector<pop3::Listed>& listed, const std::vector<pop3::Identified>& uidls,
                              const SeenByKey& seen, bool leave_on_server, const Options& options) {
    std::unordered_map<std::uint64_t, const std::string*> uidl_of;
    std::unordered_map<std::string_view, int> count;
    for (const pop3::Identified& one : uidls) {
        uidl_of.emplace(one.number, &one.uidl);
        ++count[one.uidl];
    }
    std::vector<PlannedMail> out;
    out.reserve(listed.size());
    for (const pop3::Listed& mail : listed) {
        PlannedMail planned{mail.number, mail.octets, "", PlannedMail::Action::take};
        const auto uidl = uidl_of.find(mail.number);
        if (uidl != uidl_of.end() && is_trusted(*uidl->second) && count[*uidl->second] == 1)
            planned.key = *uidl->second;
        const auto before = planned.key.empty() ? seen.end() : seen.find(planned.key);
        if (before != seen.end()) planned.action = again(before->second, mail.octets, leave_on_server);
        const bool reads =
            planned.action == PlannedMail::Action::take || planned.action == PlannedMail::Action::compare;
        if (reads && mail.octets > options.max_message_octets) planned.action = PlannedMail::Action::oversize;
        out.push_back(std::move(planned));
    }
    return out;
}

}  // namespace restante::fetch
