#include "mta/sender_limits.hpp"

namespace restante::mta {
namespace {

std::string key_of(const directory::Login& login) {
    return (login.kind == directory::Login::Kind::account ? "a" : "t") + std::to_string(login.id);
}

}  // namespace

bool SenderLimits::message(const directory::Login& login, bool by_pop, const Options& options, Time now) {
    if (by_pop && !take(by_pop_, login, options.pop_before_smtp.messages, 0, "messages after a POP3 login", now))
        return false;
    return take(messages_, login, options.account_messages, options.tenant_messages, "messages", now);
}

bool SenderLimits::recipient(const directory::Login& login, const Options& options, Time now) {
    return take(recipients_, login, options.account_recipients, options.tenant_recipients, "recipients", now);
}

bool SenderLimits::take(Windows& windows, const directory::Login& login, std::uint64_t account_limit,
                        std::uint64_t tenant_limit, const char* what, Time now) {
    const char* whose = "";
    std::uint64_t limit = 0;
    if (!windows.account.take(key_of(login), 1, account_limit, now)) {
        whose = "the account";
        limit = account_limit;
    } else if (!windows.tenant.take(std::to_string(login.tenant_id), 1, tenant_limit, now)) {
        whose = "its tenant";
        limit = tenant_limit;
    } else {
        return true;
    }
    tell(login, std::string(whose) + " has reached its limit of " + std::to_string(limit) + " " + what + " an hour",
         now);
    return false;
}

void SenderLimits::tell(const directory::Login& login, const std::string& detail, Time now) {
    if (!told_.take(key_of(login), 1, 1, now)) return;
    log_.warn("smtp.sending_limit", {{"login", login.name}, {"reason", detail}});
    if (alerts_ == nullptr) return;
    (void)work_.post([this, name = login.name, detail] {
        const auto raised = alerts_->raise("smtp.sending_limit", name,
                                           detail +
                                               ". More is refused for now. If nobody there sends that much, the "
                                               "password is in foreign hands: change it and look at the log.");
        if (!raised) log_.error("smtp.alert_failed", {{"login", name}, {"reason", raised.error().detail}});
    });
}

}  // namespace restante::mta
