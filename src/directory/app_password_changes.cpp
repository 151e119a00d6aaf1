// App passwords of an account: made, revoked, listed.
#include <algorithm>

#include "base/text.hpp"
#include "directory/app_password.hpp"
#include "directory/live_directory.hpp"
#include "directory/networks.hpp"
#include "directory/schema.hpp"

namespace restante::directory {
namespace {
constexpr std::size_t kMaxNetworks = 50;

Result<void> check_label(std::string_view name) {
    const bool one_line =
        std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (!name.empty() && name.size() <= 100 && one_line && is_valid_utf8(name) && trim(name) == name) return {};
    return fail(ErrorKind::invalid,
                "the name of an app password must be one line of valid UTF-8, at most 100 octets, without blanks "
                "around it");
}

auto named(const std::string& name) {
    return [&name](const StoredAppPassword& one) { return one.shown.name == name; };
}

std::string described(const AppPassword& password) {
    std::string out = password.name + ": ";
    out += password.pop3 ? (password.smtp ? "pop3 smtp" : "pop3") : "smtp";
    for (const std::string& network : password.networks) out += ' ' + network;
    if (password.expires_at) out += " until " + to_rfc3339(*password.expires_at);
    return out;
}
}  // namespace

Result<AppPassword> LiveDirectory::checked_app_password(const NewAppPassword& wanted) {
    if (auto good = check_label(wanted.name); !good) return fail(std::move(good.error()));
    if (!wanted.pop3 && !wanted.smtp)
        return fail(ErrorKind::invalid, "an app password must be for pop3, for smtp, or for both");
    if (wanted.networks.size() > kMaxNetworks)
        return fail(ErrorKind::invalid,
                    "an app password may name at most " + std::to_string(kMaxNetworks) + " networks");
    AppPassword made;
    made.name = wanted.name;
    made.pop3 = wanted.pop3;
    made.smtp = wanted.smtp;
    for (const std::string& text : wanted.networks) {
        auto network = checked_network(text);
        if (!network) return fail(std::move(network.error()));
        made.networks.push_back(std::move(*network));
    }
    made.created_at = clock_.now();
    made.expires_at = wanted.expires_at;
    if (made.expires_at && *made.expires_at <= made.created_at)
        return fail(ErrorKind::invalid, "the time until which the app password shall work is over already");
    return made;
}

Result<Directory::MadeAppPassword> LiveDirectory::create_app_password(const std::string& account,
                                                                      const NewAppPassword& wanted, const Change& by) {
    auto made = checked_app_password(wanted);
    if (!made) return fail(std::move(made.error()));
    const std::lock_guard lock(write_);
    auto entry = editable(account);
    if (!entry) return fail(std::move(entry.error()));
    auto& list = entry->app_passwords;
    if (std::any_of(list.begin(), list.end(), named(made->name)))
        return fail(ErrorKind::already_exists, entry->account.name + " has an app password of that name already");
    if (list.size() >= options().max_app_passwords)
        return fail(ErrorKind::over_quota, entry->account.name + " has " + std::to_string(list.size()) +
                                               " app passwords already: revoke one first");
    made->id = ids_.next();
    const std::string secret = make_app_password();
    const StoredAppPassword stored{*made, app_password_digest(entry->account.id, app_password_core(secret).value())};
    auto done = database_.write([&](db::Session& session) -> Result<void> {
        if (auto put = insert_app_password(session, entry->account.id, stored); !put) return put;
        return note(session, "account.app_password.create", entry->account.name, described(*made), by);
    });
    if (!done) return fail(std::move(done.error()));
    list.push_back(stored);
    const std::unique_lock apply(index_mutex_);
    index_.put(std::move(*entry));
    return MadeAppPassword{std::move(*made), secret};
}

Result<void> LiveDirectory::revoke_app_password(const std::string& account, const std::string& name, const Change& by) {
    const std::lock_guard lock(write_);
    auto entry = editable(account);
    if (!entry) return fail(std::move(entry.error()));
    auto& list = entry->app_passwords;
    const auto found = std::find_if(list.begin(), list.end(), named(name));
    if (found == list.end())
        return fail(ErrorKind::not_found,
                    entry->account.name + " has no app password named " + escape_for_log(name, 80));
    const std::int64_t id = found->shown.id;
    auto done = database_.write([&](db::Session& session) -> Result<void> {
        auto gone = session.execute("DELETE FROM app_password WHERE id=$1", {id});
        if (!gone) return fail(std::move(gone.error()));
        return note(session, "account.app_password.revoke", entry->account.name, name, by);
    });
    if (!done) return done;
    list.erase(found);
    uses_.forget(id);
    const std::unique_lock apply(index_mutex_);
    index_.put(std::move(*entry));
    return {};
}

Result<std::vector<AppPassword>> LiveDirectory::app_passwords(const std::string& account) {
    std::vector<AppPassword> out;
    {
        const std::shared_lock lock(index_mutex_);
        auto entry = editable(account);
        if (!entry) return fail(std::move(entry.error()));
        for (const StoredAppPassword& one : entry->app_passwords) out.push_back(one.shown);
    }
    for (AppPassword& one : out) uses_.fill_in(one);
    std::sort(out.begin(), out.end(), [](const AppPassword& a, const AppPassword& b) { return a.name < b.name; });
    return out;
}

}  // namespace restante::directory
