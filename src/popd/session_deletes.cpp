// Of a session: what QUIT deletes.
#include "net/await_callback.hpp"
#include "net/work_pool.hpp"
#include "popd/client_views.hpp"
#include "popd/refusals.hpp"
#include "popd/session.hpp"

namespace restante::popd {

net::Task<bool> Session::perform(const pop3::CommitDeletes& step) {
    watchdog_.pause();
    std::vector<store::MessageId> ids;
    ids.reserve(step.indices.size());
    for (const std::size_t index : step.indices) ids.push_back(entries_[place(index)].id);
    const auto done = co_await remove(std::move(ids));
    if (!done) {
        shared_.surroundings.log.error("pop3.delete_failed",
                                       {{"account", account_name_}, {"error", done.error().detail}});
        failed(watch::Cause::server_fault, done.error().detail);
        machine_.refuse(refuse_deletes(done.error()));
        co_return true;
    }
    if (settings_.retrieval == directory::Retrieval::remove) {
        deleted_ += step.indices.size();
        shared_.counters.deleted.add(step.indices.size());
        co_await watch_deletions(step.indices.size());
    }
    machine_.deletes_committed();
    co_return true;
}

net::Task<Result<void>> Session::remove(std::vector<store::MessageId> ids) {
    if (settings_.retrieval == directory::Retrieval::debug) {
        shared_.surroundings.log.info("pop3.debug_kept",
                                      {{"account", account_name_}, {"login", client_}, {"messages", ids.size()}});
        co_return Result<void>{};
    }
    if (settings_.retrieval == directory::Retrieval::leave) {
        shared_.surroundings.log.info("pop3.left",
                                      {{"account", account_name_}, {"login", client_}, {"messages", ids.size()}});
        co_return co_await shared_.surroundings.work.run(
            [&] { return shared_.surroundings.views->hide(account_, client_, ids); });
    }
    if (settings_.undo.count() == 0) {
        co_return co_await net::await_callback<Result<void>>([&](std::function<void(Result<void>)> completion) {
            maildrop_->delete_messages(std::move(ids), std::move(completion));
        });
    }
    store::Deleter by{client_, stream_.peer().ip()};
    const auto done = co_await net::await_callback<Result<store::RetirementId>>(
        [&](std::function<void(Result<store::RetirementId>)> completion) {
            maildrop_->retire_messages(std::move(ids), std::move(by), settings_.undo, std::move(completion));
        });
    if (!done) co_return fail(done.error());
    co_return Result<void>{};
}

/// A client that was set up wrongly empties a maildrop within a second; its owner notices days later.
net::Task<> Session::watch_deletions(std::size_t count) {
    const std::size_t all = entries_.size();
    if (settings_.alert_percent == 0 || all < settings_.alert_from || count * 100 <= all * settings_.alert_percent)
        co_return;
    shared_.counters.mass_deletions.add();
    shared_.surroundings.log.warn("pop3.mass_deletion", {{"account", account_name_},
                                                         {"login", client_},
                                                         {"peer", stream_.peer().ip()},
                                                         {"deleted", count},
                                                         {"of", all},
                                                         {"undo_days", settings_.undo.count()}});
    directory::Alerts* const alerts = shared_.surroundings.alerts;
    if (alerts == nullptr) co_return;
    std::string detail = "One session, logged in as " + client_ + " from " + stream_.peer().ip() + ", deleted " +
                         std::to_string(count) + " of " + std::to_string(all) + " messages. ";
    detail += settings_.undo.count() == 0 ? "They are gone: undo is off for this account."
                                          : "If nobody meant to: restante account deletions " + account_name_;
    auto raised = co_await shared_.surroundings.work.run(
        [&] { return alerts->raise("pop3.mass_deletion", account_name_, detail); });
    if (!raised) shared_.surroundings.log.error("pop3.alert_not_kept", {{"error", raised.error().detail}});
}

}  // namespace restante::popd
