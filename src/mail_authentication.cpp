#include "mail_authentication.hpp"

#include "base/secret_box.hpp"
#include "directory/audit.hpp"
#include "mta/dkim_publication.hpp"

namespace restante {

Result<std::unique_ptr<MailAuthentication>> MailAuthentication::open(const MailAuthenticationParts& parts) {
    auto key = parts.data.secret("dkim.key", SecretBox::kKeyOctets);
    if (!key) return fail(std::move(key.error()));
    auto keys = mailauth::DkimKeys::open({parts.database, parts.ids, parts.clock, directory::auditor(parts.ids, parts.clock)}, std::move(*key));
    if (!keys) return fail(std::move(keys.error()));
    std::unique_ptr<MailAuthentication> out(new MailAuthentication(parts));
    out->keys_ = std::move(*keys);
    out->authenticator_ = std::make_unique<mta::Authenticator>(mta::Authenticator::Parts{
        &parts.resolver, out->keys_.get(), parts.work, parts.group, parts.store, parts.log, parts.metrics});
    return out;
}

void MailAuthentication::watch_keys(std::chrono::seconds interval) {
    const std::scoped_lock lock(watch_mutex_);
    if (std::exchange(interval_, interval) == interval) return;
    const std::uint64_t number = ++watches_;
    if (interval.count() == 0) return;
    const auto goes_on = [this, number] { return watches_ == number; };
    parts_.upkeep.spawn(parts_.io.next(),
                        mta::watch_publication({parts_.resolver, *keys_, parts_.work, parts_.log}, interval, goes_on), "dkim.publication");
}

}  // namespace restante
