#include "directory/send_as.hpp"

#include <array>

#include "base/text.hpp"
#include "directory/audit.hpp"
#include "directory/names.hpp"

namespace restante::directory {
namespace {
constexpr std::array kSendAsSteps{db::Migration{"send_as", 1, R"(
CREATE TABLE send_as(
  account TEXT NOT NULL, address TEXT NOT NULL, granted_at BIGINT NOT NULL, granted_by TEXT NOT NULL,
  PRIMARY KEY(account, address)))"}};
}  // namespace

std::span<const db::Migration> SendAs::migrations() { return kSendAsSteps; }

Result<> SendAs::load() {
    auto all = list();
    if (!all) return fail(std::move(all.error()));
    const std::scoped_lock lock(mutex_);
    granted_.clear();
    for (const SendAsGrant& one : *all) granted_[one.account].insert(one.address);
    return {};
}

Result<std::vector<SendAsGrant>> SendAs::list() {
    return database_.read([](db::Session& session) -> Result<std::vector<SendAsGrant>> {
        std::vector<SendAsGrant> out;
        auto done =
            session.query("SELECT account, address, granted_at, granted_by FROM send_as ORDER BY account, address", {},
                          [&](const db::Row& row) {
                              out.push_back({std::string(row.text(0)), std::string(row.text(1)),
                                             from_micros(row.integer(2)), std::string(row.text(3))});
                          });
        if (!done) return fail(std::move(done.error()));
        return out;
    });
}

Result<SendAsGrant> SendAs::grant(const std::string& account, const std::string& address, const std::string& actor) {
    auto checked = checked_alias_address(address);
    if (!checked) return fail(std::move(checked.error()));
    const SendAsGrant one{account, to_lower(*checked), clock_.now(), actor};
    const std::scoped_lock lock(mutex_);
    if (granted_[account].contains(one.address))
        return fail(ErrorKind::already_exists, account + " may send as " + one.address + " already");
    auto stored = database_.write([&](db::Session& session) -> Result<> {
        auto done = session.execute("INSERT INTO send_as(account, address, granted_at, granted_by) VALUES($1,$2,$3,$4)",
                                    {std::string_view(account), std::string_view(one.address),
                                     to_micros(one.granted_at), std::string_view(actor)});
        if (!done) return fail(std::move(done.error()));
        return write_audit(session, ids_, one.granted_at, {actor, "send_as.grant", account, one.address});
    });
    if (!stored) return fail(std::move(stored.error()));
    granted_[account].insert(one.address);
    return one;
}

Result<> SendAs::revoke(const std::string& account, const std::string& address, const std::string& actor) {
    const std::string key = to_lower(trim(address));
    const std::scoped_lock lock(mutex_);
    if (!granted_[account].contains(key))
        return fail(ErrorKind::not_found,
                    escape_for_log(account, 80) + " has no grant to send as " + escape_for_log(key, 120));
    auto removed = database_.write([&](db::Session& session) -> Result<> {
        auto done = session.execute("DELETE FROM send_as WHERE account=$1 AND address=$2",
                                    {std::string_view(account), std::string_view(key)});
        if (!done) return fail(std::move(done.error()));
        return write_audit(session, ids_, clock_.now(), {actor, "send_as.revoke", account, key});
    });
    if (!removed) return removed;
    granted_[account].erase(key);
    return {};
}

bool SendAs::allows(const std::string& account, const message::Address& sender) const {
    const std::scoped_lock lock(mutex_);
    const auto found = granted_.find(account);
    if (found == granted_.end()) return false;
    return found->second.contains(address_key(sender)) || found->second.contains("@" + sender.domain);
}

}  // namespace restante::directory
