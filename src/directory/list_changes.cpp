// Mutations of mailing lists and their members.
#include <algorithm>
#include <unordered_set>

#include "base/text.hpp"
#include "directory/list_checks.hpp"
#include "directory/live_directory.hpp"
#include "directory/names.hpp"
#include "directory/rule_rows.hpp"
#include "directory/schema.hpp"

namespace restante::directory {
namespace {
using Members = std::vector<ListMember>;
using namespace std::chrono_literals;
constexpr auto kBounceMemory = 24h * 30;
constexpr std::size_t kNotedAddresses = 10;

std::string first_of(const std::vector<std::string>& addresses) {
    std::string out;
    for (std::size_t i = 0; i < addresses.size() && i < kNotedAddresses; ++i) out += ' ' + addresses[i];
    return addresses.size() > kNotedAddresses ? out + " ..." : out;
}

Error none(const std::string& name) {
    return {ErrorKind::not_found, "there is no list " + escape_for_log(name, 80), Retry::never};
}
}  // namespace

Result<std::shared_ptr<const ListView>> LiveDirectory::list_to_change(const std::string& name) const {
    const auto* found = Index::find(index_.lists, to_lower(name));
    if (found == nullptr) return fail(none(name));
    return *found;
}

/// In the transaction `write`, with its audit row; then live.
Result<void> LiveDirectory::change_view(ListView changed, std::string_view action, const std::string& detail,
                                        const Change& by, const std::function<Result<void>(db::Session&)>& write) {
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        if (auto done = write(session); !done) return done;
        return note(session, action, changed.list.name, detail, by);
    });
    if (!stored) return stored;
    changed.list.members = changed.members.size();
    changed.list.suspended = static_cast<std::size_t>(std::count_if(
        changed.members.begin(), changed.members.end(), [](const auto& m) { return bool(m.suspended_at); }));
    const std::unique_lock apply(index_mutex_);
    index_.put(std::make_shared<const ListView>(std::move(changed)));
    return {};
}

Result<MailingList> LiveDirectory::create_list(const std::string& name, const std::string& domain,
                                               const ListSettings& settings, const Change& by) {
    auto checked = checked_name(name);
    if (!checked) return fail(std::move(checked.error()));
    auto good = checked_settings(settings);
    if (!good) return fail(std::move(good.error()));
    const std::lock_guard lock(write_);
    const Domain* home = Index::find(index_.domains, to_lower(domain));
    if (home == nullptr)
        return fail(ErrorKind::not_found, "there is no domain " + escape_for_log(domain, 80) + " on this server");
    if (auto is_free = check_name_free(*checked, home->name); !is_free) return fail(std::move(is_free.error()));
    ListView view{{ids_.next(), home->tenant_id, home->id, *checked, *checked + '@' + home->name, std::move(*good)},
                  {}};
    const MailingList list = view.list;
    if (Index::find(index_.aliases, list.address) != nullptr)
        return fail(ErrorKind::already_exists,
                    "the address " + list.address + " is an alias already: delete it or choose another name");
    if (auto fine = check_owners(list); !fine) return fail(std::move(fine.error()));
    const Alias hidden{ids_.next(), home->id, list.address, {list.name}, "list:" + list.name};
    auto stored = change_view(std::move(view), "list.create", list.address, by, [&](db::Session& session) {
        auto done = insert_list(session, list, clock_.now());
        return done ? put_alias(session, hidden) : done;
    });
    if (!stored) return fail(std::move(stored.error()));
    const std::unique_lock apply(index_mutex_);
    apply_aliases({hidden});
    return list;
}

Result<void> LiveDirectory::check_owners(const MailingList& list) const {
    const Routing routing(index_, options());
    for (const std::string& owner : list.settings.owners)
        if (auto good = routing.check_destination(list.name + "-owner", list.tenant_id, owner); !good) return good;
    return {};
}

Result<MailingList> LiveDirectory::change_list(const std::string& name, const ListSettings& settings,
                                               const Change& by) {
    auto good = checked_settings(settings);
    if (!good) return fail(std::move(good.error()));
    const std::lock_guard lock(write_);
    auto found = list_to_change(name);
    if (!found) return fail(std::move(found.error()));
    ListView view = **found;
    view.list.settings = std::move(*good);
    if (auto fine = check_owners(view.list); !fine) return fail(std::move(fine.error()));
    const MailingList list = view.list;
    auto stored = change_view(std::move(view), "list.change", described(list.settings), by,
                              [&](db::Session& session) { return update_list(session, list); });
    if (!stored) return fail(std::move(stored.error()));
    return list;
}

Result<void> LiveDirectory::delete_list(const std::string& name, const Change& by) {
    const std::lock_guard lock(write_);
    auto found = list_to_change(name);
    if (!found) return fail(std::move(found.error()));
    const MailingList& list = (*found)->list;
    const auto changed = without({list.address}, list.name);
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        if (auto done = store_aliases(session, changed); !done) return done;
        if (auto done = delete_list_row(session, list); !done) return done;
        return note(session, "list.delete", list.name, list.address + ", " + std::to_string(list.members) + " members",
                    by);
    });
    if (!stored) return stored;
    const std::unique_lock apply(index_mutex_);
    apply_aliases(changed);
    index_.remove_list(list.name);
    return {};
}

/// Those of `wanted` that there are already keep what is known of them.
Result<MailingLists::MemberChange> LiveDirectory::replace_members(const ListView& view, Members wanted,
                                                                  std::string_view action, const Change& by) {
    std::sort(wanted.begin(), wanted.end(), [](const auto& a, const auto& b) { return a.address < b.address; });
    std::vector<std::string> added, removed;
    std::vector<std::int64_t> gone;
    const ListView next{view.list, wanted};
    for (ListMember& member : wanted)
        if (view.member(member.address) == nullptr) added.push_back(member.address);
    for (const ListMember& member : view.members) {
        if (next.member(member.address) != nullptr) continue;
        removed.push_back(member.address);
        gone.push_back(member.id);
    }
    const MemberChange change{added.size(), removed.size(), wanted.size()};
    if (added.empty() && removed.empty()) return change;
    const std::string detail = std::to_string(added.size()) + " added" + first_of(added) + "; " +
                               std::to_string(removed.size()) + " removed" + first_of(removed);
    auto stored = change_view(next, action, detail, by, [&](db::Session& session) -> Result<void> {
        for (const std::int64_t id : gone)
            if (auto done = delete_member(session, id); !done) return done;
        for (const ListMember& member : next.members)
            if (view.member(member.address) == nullptr)
                if (auto done = insert_member(session, view.list.id, member); !done) return done;
        return {};
    });
    if (!stored) return fail(std::move(stored.error()));
    return change;
}

/// The members with these addresses: those that are there, or new ones.
Result<Members> LiveDirectory::members_for(const ListView& view, const std::vector<std::string>& addresses) {
    if (addresses.size() > options().max_expanded_recipients)
        return fail(ErrorKind::too_large, "a list has at most " + std::to_string(options().max_expanded_recipients) +
                                              " members ([directory] max_expanded_recipients)");
    auto keys = checked_members(addresses);
    if (!keys) return fail(std::move(keys.error()));
    Members out;
    for (std::string& key : *keys) {
        if (key == view.list.address) return fail(ErrorKind::invalid, key + " is the list itself");
        const bool local = Index::find(index_.domains, domain_of(key)) != nullptr;
        if (!local && !index_.may_leave(view.list.tenant_id, options().allow_remote_destinations))
            return fail(ErrorKind::unsupported,
                        key + " is not on this server, and sending to other servers is off for this tenant");
        const ListMember* known = view.member(key);
        out.push_back(known != nullptr ? *known : ListMember{ids_.next(), std::move(key)});
    }
    return out;
}

Result<MailingLists::MemberChange> LiveDirectory::put_members(const std::string& name,
                                                              const std::vector<std::string>& addresses,
                                                              const Change& by) {
    const std::lock_guard lock(write_);
    auto found = list_to_change(name);
    if (!found) return fail(std::move(found.error()));
    auto wanted = members_for(**found, addresses);
    if (!wanted) return fail(std::move(wanted.error()));
    return replace_members(**found, std::move(*wanted), "list.put_members", by);
}

Result<MailingLists::MemberChange> LiveDirectory::add_members(const std::string& name,
                                                              const std::vector<std::string>& addresses,
                                                              const Change& by) {
    const std::lock_guard lock(write_);
    auto found = list_to_change(name);
    if (!found) return fail(std::move(found.error()));
    const ListView& view = **found;
    auto wanted = members_for(view, addresses);
    if (!wanted) return fail(std::move(wanted.error()));
    Members all = view.members;
    for (ListMember& member : *wanted)
        if (view.member(member.address) == nullptr) all.push_back(std::move(member));
    if (all.size() > options().max_expanded_recipients)
        return fail(ErrorKind::too_large, "a list has at most " + std::to_string(options().max_expanded_recipients) +
                                              " members ([directory] max_expanded_recipients)");
    return replace_members(view, std::move(all), "list.add_members", by);
}

Result<MailingLists::MemberChange> LiveDirectory::remove_members(const std::string& name,
                                                                 const std::vector<std::string>& addresses,
                                                                 const Change& by) {
    const std::lock_guard lock(write_);
    auto found = list_to_change(name);
    if (!found) return fail(std::move(found.error()));
    const ListView& view = **found;
    auto keys = checked_members(addresses);
    if (!keys) return fail(std::move(keys.error()));
    const std::unordered_set<std::string> gone(keys->begin(), keys->end());
    for (const std::string& key : *keys)
        if (view.member(key) == nullptr) return fail(ErrorKind::not_found, key + " is no member of " + view.list.name);
    Members left = view.members;
    std::erase_if(left, [&](const ListMember& member) { return gone.contains(member.address); });
    return replace_members(view, std::move(left), "list.remove_members", by);
}

Result<void> LiveDirectory::resume_member(const std::string& name, const std::string& address, const Change& by) {
    const std::lock_guard lock(write_);
    auto found = list_to_change(name);
    if (!found) return fail(std::move(found.error()));
    ListView view = **found;
    const std::string key = to_lower(trim(address));
    for (ListMember& member : view.members) {
        if (member.address != key) continue;
        member.bounces = 0;
        member.bounced_at.reset();
        member.suspended_at.reset();
        const ListMember changed = member;
        return change_view(std::move(view), "list.resume_member", key, by,
                           [&](db::Session& session) { return update_member(session, changed); });
    }
    return fail(ErrorKind::not_found, escape_for_log(key, 120) + " is no member of " + view.list.name);
}

Result<MailingLists::BounceCount> LiveDirectory::note_bounce(std::int64_t list, std::int64_t id,
                                                             const std::string& detail) {
    const std::lock_guard lock(write_);
    const auto found = index_.lists_by_id.find(list);
    if (found == index_.lists_by_id.end()) return fail(none(std::to_string(list)));
    ListView view = *found->second;
    const auto place =
        std::find_if(view.members.begin(), view.members.end(), [&](const auto& m) { return m.id == id; });
    if (place == view.members.end()) return fail(ErrorKind::not_found, "the member has left the list");
    ListMember& member = *place;
    const Timestamp now = clock_.now();
    const bool same_day = member.bounced_at && now - *member.bounced_at < 24h;
    if (member.bounced_at && now - *member.bounced_at > kBounceMemory) member.bounces = 0;
    member.last_bounce = escape_for_log(detail, 500);
    BounceCount out{member.bounces, false};
    if (same_day) return out;
    out.bounces = ++member.bounces;
    member.bounced_at = now;
    const std::uint32_t limit = view.list.settings.bounce_limit;
    out.suspended = !member.suspended_at && limit != 0 && member.bounces >= limit;
    if (out.suspended) member.suspended_at = now;
    const ListMember changed = member;
    const std::string words = changed.address + ": bounce " + std::to_string(out.bounces) + ", " + changed.last_bounce;
    auto stored = change_view(std::move(view), out.suspended ? "list.suspend_member" : "list.note_bounce", words, {},
                              [&](db::Session& session) { return update_member(session, changed); });
    if (!stored) return fail(std::move(stored.error()));
    return out;
}

}  // namespace restante::directory
