// Of a session: the maildrop as this client sees it.
#include <algorithm>

#include "base/text.hpp"
#include "net/work_pool.hpp"
#include "popd/client_views.hpp"
#include "popd/refusals.hpp"
#include "popd/session.hpp"

namespace restante::popd {

/// name: as the client gave it. With an app password a client is known by that, however it writes the name.
void Session::recognised(directory::Login login, std::string_view name) {
    account_ = login.id;
    account_name_ = std::move(login.name);
    client_ = login.app_password.empty() ? to_lower(name) : "app password " + login.app_password;
    own_settings_.reset();
    if (auto account = shared_.surroundings.directory.account(account_name_)) own_settings_ = account->pop3_own;
}

net::Task<bool> Session::perform(const pop3::OpenMaildrop&) {
    const std::int64_t account = std::exchange(account_, 0);  // logged in only once the maildrop is open
    slot_ = shared_.gate.enter(account);
    if (!slot_) {
        shared_.counters.in_use.add();
        failed(watch::Cause::too_many_sessions);
        machine_.refuse(refuse_another_session());
        co_return true;
    }
    auto opened = co_await shared_.surroundings.work.run([this, account] { return open_view(account); });
    if (!opened) {
        slot_.reset();
        maildrop_.reset();
        failed(opened.error().kind == ErrorKind::busy ? watch::Cause::in_use : watch::Cause::server_fault,
               opened.error().detail);
        if (opened.error().kind == ErrorKind::busy)
            shared_.counters.in_use.add();
        else
            shared_.surroundings.log.error("pop3.maildrop_failed",
                                           {{"account", account_name_}, {"error", opened.error().detail}});
        machine_.refuse(refuse_maildrop(opened.error()));
        co_return true;
    }
    if (!shared_.gate.enter_after(account, settings_.min_poll, std::chrono::steady_clock::now())) {
        maildrop_.reset();
        slot_.reset();
        shared_.counters.too_soon.add();
        failed(watch::Cause::too_soon);
        machine_.refuse(refuse_login_so_soon());
        co_return true;
    }
    account_ = account;
    watchdog_.uncap();
    shared_.counters.logins.add();
    if (tap_) tap_->logged_in(account_name_);
    if (!machine_.tls()) shared_.counters.plaintext_logins.add();
    machine_.maildrop_opened(*this, {static_cast<std::uint32_t>(settings_.min_poll.count()), settings_.expire_days});
    co_return true;
}

/// On the work pool: nothing else of the session runs meanwhile.
Result<void> Session::open_view(std::int64_t account) {
    settings_ = own_settings_.value_or(shared_.options.accounts);
    auto maildrop = shared_.surroundings.store.open_maildrop(account);
    if (!maildrop) return fail(std::move(maildrop.error()));
    maildrop_ = std::move(*maildrop);
    entries_ = maildrop_->messages();
    shown_.reset();
    std::vector<store::MessageId> hidden;
    if (settings_.retrieval == directory::Retrieval::leave) {
        if (shared_.surroundings.views == nullptr) return fail(ErrorKind::unavailable, "nobody keeps what clients hid");
        auto found = shared_.surroundings.views->hidden(account, client_, entries_);
        if (!found) return fail(std::move(found.error()));
        hidden = std::move(*found);
    }
    if (hidden.empty() && !settings_.descending) return {};
    auto& shown = shown_.emplace();
    for (std::size_t i = 0; i < entries_.size(); ++i)
        if (!std::binary_search(hidden.begin(), hidden.end(), entries_[i].id))
            shown.push_back(static_cast<std::uint32_t>(i));
    if (settings_.descending) std::reverse(shown.begin(), shown.end());
    return {};
}

}  // namespace restante::popd
