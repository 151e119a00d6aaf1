#include "mta/dkim_publication.hpp"

#include <algorithm>

#include "mailauth/key_record.hpp"

namespace restante::mta {
namespace {

/// Zones fold and order records as they like: the keys are compared.
bool shows(const net::DnsAnswer& answer, const mailauth::DkimKey& key) {
    const auto wanted = mailauth::parse_key_record(key.record);
    return wanted && std::ranges::any_of(answer.texts, [&](const std::string& text) {
               const auto shown = mailauth::parse_key_record(text);
               return shown && shown->type == wanted->type && shown->key == wanted->key;
           });
}

}  // namespace

net::Task<std::size_t> activate_published(DkimPublication parts) {
    std::size_t count = 0;
    const auto known = co_await parts.work.run([&] { return parts.keys.list(""); });
    if (!known) {
        parts.log.error("dkim.keys_unknown", {{"reason", known.error().detail}});
        co_return count;
    }
    for (const mailauth::DkimKey& key : *known) {
        if (key.state != mailauth::DkimKey::State::pending) continue;
        net::DnsQuestion question;
        question.type = net::DnsQuestion::Type::txt;
        question.name = key.record_name;
        const auto answer = co_await parts.resolver.ask(question);
        if (!shows(answer, key)) continue;
        const std::vector<std::string> selectors(1, key.selector);
        const auto done = co_await parts.work.run([&] { return parts.keys.activate(key.domain, "dns", selectors); });
        if (done) {
            ++count;
            parts.log.info("dkim.activated", {{"domain", key.domain}, {"selector", key.selector}});
        } else {
            parts.log.error("dkim.activation_failed", {{"selector", key.selector}, {"reason", done.error().detail}});
        }
    }
    co_return count;
}

net::Task<> watch_publication(DkimPublication parts, std::chrono::seconds interval, std::function<bool()> goes_on) {
    for (;;) {  // GCC 12 miscompiles a loop that awaits in its condition and in its body
        const auto waited = co_await net::sleep_for(interval);
        if (!waited || !goes_on()) co_return;
        (void)co_await activate_published(parts);
    }
}

}  // namespace restante::mta
