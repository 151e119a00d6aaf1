// Mutations of forwards, automatic replies, quotas and grants.
#include <algorithm>

#include "base/text.hpp"
#include "directory/live_directory.hpp"
#include "directory/names.hpp"
#include "directory/row_values.hpp"

namespace restante::directory {
namespace {
constexpr std::size_t kMaxForwards = 50;
constexpr std::size_t kMaxSubject = 500;
constexpr std::size_t kMaxReply = 65'536;
constexpr std::uint64_t kMaxQuota = 1ULL << 50;

std::string described(const std::optional<Quota>& quota) {
    if (!quota) return "default";
    return std::to_string(quota->octets) + " octets, " + std::to_string(quota->messages) + " messages";
}

Result<void> check_quota(const std::optional<Quota>& quota) {
    if (!quota || (quota->octets <= kMaxQuota && quota->messages <= kMaxQuota)) return {};
    return fail(ErrorKind::invalid, "a quota is at most 1 PiB and as many messages");
}

std::string described(const std::optional<bool>& allowed) {
    if (!allowed) return "default";
    return *allowed ? "allowed" : "forbidden";
}

template <class Map>
std::optional<typename Map::mapped_type> value_of(const Map& map, std::int64_t id) {
    const auto found = map.find(id);
    if (found == map.end()) return std::nullopt;
    return found->second;
}

template <class Map, class Value>
void put_or_erase(Map& map, std::int64_t id, const std::optional<Value>& value) {
    if (value)
        map.insert_or_assign(id, *value);
    else
        map.erase(id);
}

std::string described(const AutoReply& reply) {
    return std::string(reply.enabled ? "on" : "off") + ", from " + (reply.from ? to_rfc3339(*reply.from) : "always") +
           ", until " + (reply.until ? to_rfc3339(*reply.until) : "always") + ", every " +
           std::to_string(reply.interval.count()) + " d, subject " + escape_for_log(reply.subject, 100);
}
}  // namespace

Result<void> check_auto_reply(const AutoReply& wanted) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (!is_valid_utf8(wanted.subject) || wanted.subject.size() > kMaxSubject ||
        std::any_of(wanted.subject.begin(), wanted.subject.end(), is_control))
        return fail(ErrorKind::invalid, "the subject must be one line of valid UTF-8, at most 500 octets");
    const auto is_bad = [&](char c) { return is_control(c) && c != '\n' && c != '\r' && c != '\t'; };
    if (!is_valid_utf8(wanted.body) || wanted.body.size() > kMaxReply || wanted.body.empty() ||
        std::any_of(wanted.body.begin(), wanted.body.end(), is_bad))
        return fail(ErrorKind::invalid, "the text must be valid UTF-8 without control characters, 1 to 65,536 octets");
    if (wanted.from && wanted.until && *wanted.from >= *wanted.until)
        return fail(ErrorKind::invalid, "the reply would end before it begins");
    // RFC 3834 2: never so often that two responders could keep each other busy.
    if (wanted.interval < std::chrono::days(1) || wanted.interval > std::chrono::days(365))
        return fail(ErrorKind::invalid, "the same sender gets a reply at most every 1 to 365 days");
    return {};
}

Result<void> LiveDirectory::set_forwarding(const std::string& account, const Forwarding& wanted, const Change& by) {
    if (wanted.to.size() > kMaxForwards)
        return fail(ErrorKind::too_large,
                    "an account forwards to at most " + std::to_string(kMaxForwards) + " addresses: use a list");
    Forwarding checked{{}, wanted.keep_copy};
    std::string detail;
    for (const std::string& text : wanted.to) {
        auto destination = checked_destination(text);
        if (!destination) return fail(std::move(destination.error()));
        if (*destination == kDiscard) return fail(ErrorKind::invalid, "a forward cannot lead to /dev/null");
        detail += *destination + ' ';
        checked.to.push_back(std::move(*destination));
    }
    const std::lock_guard lock(write_);
    auto entry = editable(account);
    if (!entry) return fail(std::move(entry.error()));
    entry->account.forwarding = std::move(checked);
    Pending pending;
    pending.account = &entry->account;
    if (auto good = Routing(index_, options(), &pending).check_forwarding(entry->account); !good) return good;
    detail = detail.empty() ? "none" : detail + (wanted.keep_copy ? "and kept" : "and not kept");
    return change_account(std::move(*entry), "account.set_forwarding", detail, by);
}

Result<void> LiveDirectory::set_auto_reply(const std::string& account, const std::optional<AutoReply>& wanted,
                                           const Change& by) {
    if (wanted)
        if (auto good = check_auto_reply(*wanted); !good) return good;
    const std::lock_guard lock(write_);
    auto entry = editable(account);
    if (!entry) return fail(std::move(entry.error()));
    entry->account.auto_reply = wanted ? std::make_shared<const AutoReply>(*wanted) : nullptr;
    return change_account(std::move(*entry), "account.set_auto_reply", wanted ? described(*wanted) : "none", by);
}

Result<void> LiveDirectory::set_account_quota(const std::string& account, const std::optional<Quota>& wanted,
                                              const Change& by) {
    if (auto good = check_quota(wanted); !good) return good;
    const std::lock_guard lock(write_);
    auto entry = editable(account);
    if (!entry) return fail(std::move(entry.error()));
    entry->account.quota_own = wanted;
    return change_account(std::move(*entry), "account.set_quota", described(wanted), by);
}

/// kind: "domain" or "tenant".
Result<void> LiveDirectory::store_default_quota(db::Session& session, const std::string& kind, std::int64_t id,
                                                const std::string& name, const std::optional<Quota>& wanted,
                                                const Change& by) {
    auto done = run(session, "DELETE FROM " + kind + "_quota WHERE " + kind + "_id=$1", {id});
    if (done && wanted)
        done = run(session, "INSERT INTO " + kind + "_quota(" + kind + "_id, octets, messages) VALUES($1, $2, $3)",
                   {id, static_cast<std::int64_t>(wanted->octets), static_cast<std::int64_t>(wanted->messages)});
    if (!done) return done;
    return note(session, kind + ".set_quota", name, described(wanted), by);
}

Result<void> LiveDirectory::set_domain_quota(const std::string& domain, const std::optional<Quota>& wanted,
                                             const Change& by) {
    if (auto good = check_quota(wanted); !good) return good;
    const std::lock_guard lock(write_);
    const Domain* found = Index::find(index_.domains, to_lower(domain));
    if (found == nullptr) return fail(ErrorKind::not_found, "there is no domain " + escape_for_log(domain, 80));
    auto stored = database_.write(
        [&](db::Session& session) { return store_default_quota(session, "domain", found->id, found->name, wanted, by); });
    if (!stored) return stored;
    const std::unique_lock apply(index_mutex_);
    put_or_erase(index_.quota_defaults, found->id, wanted);
    return {};
}

Result<void> LiveDirectory::set_tenant_rules(const std::string& tenant, const TenantRules& wanted, const Change& by) {
    if (auto good = check_quota(wanted.quota); !good) return good;
    const std::lock_guard lock(write_);
    const TenantEntry* found = Index::find(index_.tenants, to_lower(tenant));
    if (found == nullptr) return fail(ErrorKind::not_found, "there is no tenant " + escape_for_log(tenant, 80));
    const std::int64_t id = found->tenant.id;
    const TenantRules before = tenant_rules(id);
    auto stored = database_.write([&](db::Session& session) -> Result<void> {
        Result<void> done;
        if (wanted.quota != before.quota)
            done = store_default_quota(session, "tenant", id, found->tenant.name, wanted.quota, by);
        if (!done || wanted.remote_destinations == before.remote_destinations) return done;
        done = run(session, "DELETE FROM tenant_remote WHERE tenant_id=$1", {id});
        if (done && wanted.remote_destinations)
            done = run(session, "INSERT INTO tenant_remote(tenant_id, allowed) VALUES($1, $2)",
                       {id, std::int64_t{*wanted.remote_destinations}});
        if (!done) return done;
        return note(session, "tenant.set_remote_destinations", found->tenant.name, described(wanted.remote_destinations),
                    by);
    });
    if (!stored) return stored;
    const std::unique_lock apply(index_mutex_);
    put_or_erase(index_.quota_defaults, id, wanted.quota);
    put_or_erase(index_.remote_destinations, id, wanted.remote_destinations);
    return {};
}

Result<EffectiveQuota> LiveDirectory::quota_of(std::int64_t account) {
    const std::shared_lock lock(index_mutex_);
    const auto found = index_.accounts_by_id.find(account);
    if (found == index_.accounts_by_id.end()) return fail(ErrorKind::not_found, "there is no such account");
    return index_.quota_of(found->second->account, options().quota);
}

std::optional<Quota> LiveDirectory::domain_quota(std::int64_t domain) {
    const std::shared_lock lock(index_mutex_);
    return value_of(index_.quota_defaults, domain);
}

TenantRules LiveDirectory::tenant_rules(std::int64_t tenant) {
    const std::shared_lock lock(index_mutex_);
    return {value_of(index_.quota_defaults, tenant), value_of(index_.remote_destinations, tenant)};
}

bool LiveDirectory::may_leave(std::int64_t tenant) {
    const std::shared_lock lock(index_mutex_);
    return index_.may_leave(tenant, options().allow_remote_destinations);
}

std::vector<MailingList> LiveDirectory::lists(const std::string& domain_or_empty) {
    const std::string domain = to_lower(domain_or_empty);
    std::vector<MailingList> out;
    {
        const std::shared_lock lock(index_mutex_);
        for (const auto& [name, view] : index_.lists)
            if (domain.empty() || domain_of(view->list.address) == domain) out.push_back(view->list);
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return out;
}

std::shared_ptr<const ListView> LiveDirectory::list_named(const std::string& name_or_address) {
    const std::string lower = to_lower(trim(name_or_address));
    const std::string name = lower.substr(0, lower.rfind('@'));
    const std::shared_lock lock(index_mutex_);
    const auto* found = Index::find(index_.lists, name);
    if (found == nullptr || (name != lower && (*found)->list.address != lower)) return nullptr;
    return *found;
}

std::shared_ptr<const ListView> LiveDirectory::list_by_id(std::int64_t id) {
    const std::shared_lock lock(index_mutex_);
    const auto found = index_.lists_by_id.find(id);
    return found == index_.lists_by_id.end() ? nullptr : found->second;
}

}  // namespace restante::directory
