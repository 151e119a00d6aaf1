#include "account_purge.hpp"

namespace restante {
namespace {
constexpr std::chrono::hours kInterval{1};
}

net::Task<> purge_accounts(admin::PurgeParts parts, net::WorkPool& work, const Clock& clock) {
    const auto purge = [&] { return admin::purge_due_accounts(parts, clock.now()); };
    for (;;) {
        const auto done = co_await work.run(purge);
        if (!done) parts.log.warn("account.purge_put_off", {{"reason", done.error().detail}});
        const auto slept = co_await net::sleep_for(kInterval);
        if (!slept) co_return;
    }
}

}  // namespace restante
