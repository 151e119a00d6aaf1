#include "mail_authentication.hpp"

#include "base/secret_box.hpp"
#include "directory/audit.hpp"
#include "mta/dkim_publication.hpp"

namespace restante {

Result<std::unique_ptr<MailAuthentication>> MailAuthentication::open(const MailAuthenticationParts& parts, const Config& config) {
    auto key = parts.data.secret("dkim.key", SecretBox::kKeyOctets);
    if (!key) return fail(std::move(key.error()));
    const auto note = [&ids = parts.ids, &clock = parts.clock](db::Session& session, const std::string& actor,
                                                               const std::string& action, const std::string& object,
                                                               const std::string& detail) {
        return directory::write_audit(session, ids, clock.now(), {actor, action, object, detail});
    };
    auto keys = mailauth::DkimKeys::open({parts.database, parts.ids, parts.clock, note}, std::move(*key));
    if (!keys) return fail(std::move(keys.error()));
    auto out = std::make_unique<MailAuthentication>();
    out->keys_ = std::move(*keys);
    out->authenticator_ = std::make_unique<mta::Authenticator>(mta::Authenticator::Parts{
        &parts.resolver, out->keys_.get(), parts.work, parts.group, parts.store, parts.log, parts.metrics});
    const std::chrono::seconds watch = config.smtp.mailauth.key_watch;
    if (watch.count() > 0)
        parts.upkeep.spawn(parts.io.next(), mta::watch_publication({parts.resolver, *out->keys_, parts.work, parts.log}, watch),
                           "dkim.publication");
    return out;
}

}  // namespace restante
