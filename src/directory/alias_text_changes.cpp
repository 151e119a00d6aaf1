// A domain's aliases as one text, put in place of those that are there.
#include <algorithm>

#include "base/text.hpp"
#include "directory/live_directory.hpp"
#include "directory/names.hpp"

namespace restante::directory {
namespace {
std::string plural(std::size_t count, const char* what) { return std::to_string(count) + ' ' + what; }
}  // namespace

Result<std::string> LiveDirectory::alias_text(const std::string& domain) {
    auto all = aliases(domain);
    if (!all) return fail(std::move(all.error()));
    return write_alias_text(std::move(*all));
}

/// What the text would make of the index, and its faults. With write_ held.
LiveDirectory::TextPlan LiveDirectory::plan_text(const Domain& domain, AliasText text) {
    TextPlan plan;
    plan.faults = std::move(text.faults);
    for (AliasLines& lines : text.aliases) {
        const Alias* old = Index::find(index_.aliases, lines.address);
        if (old != nullptr && !old->managed_by.empty()) {
            plan.faults.push_back({lines.lines.front(), lines.address + " belongs to " + old->managed_by +
                                                            " and cannot be changed by itself"});
            continue;
        }
        Alias alias{old != nullptr ? old->id : ids_.next(), domain.id, lines.address, lines.destinations, ""};
        plan.lines.emplace(lines.address, lines.lines);
        if (old == nullptr || old->destinations != alias.destinations) plan.changed.push_back(alias);
        plan.added += old == nullptr ? 1 : 0;
        plan.pending.aliases.emplace(lines.address, std::move(alias));
    }
    for (const auto& [address, alias] : index_.aliases) {
        if (alias.domain_id != domain.id || !alias.managed_by.empty() || plan.pending.aliases.contains(address))
            continue;
        plan.pending.gone.insert(address);
        plan.changed.push_back({alias.id, alias.domain_id, alias.address, {}, ""});
    }
    check_text(plan);
    std::stable_sort(plan.faults.begin(), plan.faults.end(),
                     [](const LineFault& a, const LineFault& b) { return a.line < b.line; });
    return plan;
}

void LiveDirectory::check_text(TextPlan& plan) const {
    const Routing routing(index_, options(), &plan.pending), before(index_, options());
    for (const auto& [address, alias] : plan.pending.aliases) {
        const std::vector<std::size_t>& lines = plan.lines.at(address);
        bool good = true;
        for (std::size_t i = 0; i < alias.destinations.size(); ++i) {
            const Domain* home = Index::find(index_.domains, domain_of(address));
            auto one = routing.check_destination(address, home->tenant_id, alias.destinations[i]);
            if (one) continue;
            good = false;
            plan.faults.push_back({lines[i], one.error().detail});
        }
        auto whole = good ? routing.check(alias) : Result<void>{};
        if (!whole) plan.faults.push_back({lines.front(), whole.error().detail});
    }
    for (const auto& [address, alias] : index_.aliases) {
        if (plan.pending.gone.contains(address) || plan.pending.aliases.contains(address)) continue;
        for (const std::string& destination : alias.destinations) {
            const Alias* then = before.find(destination);
            if (then != nullptr && plan.pending.gone.contains(then->address) && routing.find(destination) == nullptr)
                plan.faults.push_back({0, address + " leads to " + destination + ", which is not in the text"});
        }
    }
}

Result<Directory::AliasTextChange> LiveDirectory::put_alias_text(const std::string& domain, const std::string& text,
                                                                 bool dry_run, const Change& by) {
    const std::string lower = to_lower(domain);
    AliasText parsed = parse_alias_text(text, lower);
    const std::lock_guard lock(write_);
    const Domain* home = Index::find(index_.domains, lower);
    if (home == nullptr) return fail(ErrorKind::not_found, "there is no domain " + escape_for_log(lower, 80));
    TextPlan plan = plan_text(*home, std::move(parsed));
    AliasTextChange change{std::move(plan.faults), plan.added, 0, plan.pending.gone.size(),
                           plan.pending.aliases.size()};
    change.changed = plan.changed.size() - change.added - change.removed;
    if (!change.faults.empty() || dry_run || plan.changed.empty()) return change;
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        if (auto done = store_aliases(session, plan.changed); !done) return done;
        return note(
            session, "alias.put_text", lower,
            plural(change.added, "added, ") + plural(change.changed, "changed, ") + plural(change.removed, "removed"),
            by);
    });
    if (!stored) return fail(std::move(stored.error()));
    const std::unique_lock apply(index_mutex_);
    apply_aliases(plan.changed);
    return change;
}

}  // namespace restante::directory
