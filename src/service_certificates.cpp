// Of the catalogue of services: their certificates.
#include <algorithm>

#include "base/text.hpp"
#include "server_tls.hpp"
#include "service_catalogue.hpp"

namespace restante {

/// For new sessions; each service shows its own one by default and the others by name.
void ServiceCatalogue::refresh_certificates() {
    for (const auto& entry : entries_)
        if (auto shown = show_certificate(*entry, entry->overlay.effective); !shown)
            surroundings_.log.error("tls.refused", {{"service", entry->part.name}, {"reason", shown.error().detail}});
}

std::vector<admin::Certificate> ServiceCatalogue::certificates() {
    const std::scoped_lock lock(mutex_);
    std::vector<admin::Certificate> out;
    for (const Certificates::Known& known : certificates_.all()) {
        admin::Certificate one;
        one.name = known.files.name;
        one.certificate_file = known.files.certificate;
        one.key_file = known.files.key;
        one.set = known.files.set;
        one.problem = known.problem;
        if (known.loaded) {
            one.host_names = known.loaded->names();
            one.fingerprint = known.loaded->fingerprint();
            one.expires_at = known.loaded->not_after();
        }
        for (const auto& entry : entries_) {
            const auto used = certificates_.find(entry->part.settings(entry->overlay.effective).certificate);
            if (used && *used == one.name) one.used_by.push_back(entry->part.name);
        }
        out.push_back(std::move(one));
    }
    std::ranges::sort(out, {}, &admin::Certificate::name);
    return out;
}

Result<> ServiceCatalogue::add_certificate(const std::string& name, const std::string& certificate_file, const std::string& key_file,
                                           const std::string& actor) {
    const std::scoped_lock lock(mutex_);
    const auto known = certificates_.all();
    if (std::ranges::any_of(known, [&](const auto& one) { return one.files.name == name; }))
        return fail(ErrorKind::already_exists, "there is a certificate named " + escape_for_log(name, 80) + " already");
    const bool clean = std::ranges::all_of(name, [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '/'; });
    if (!clean || certificate_file.front() != '/' || key_file.front() != '/')
        return fail(ErrorKind::invalid, "a certificate has a name without blanks and slashes, and files with their whole paths");
    if (auto loaded = certificates_.put({name, certificate_file, key_file, true}); !loaded)
        return fail(ErrorKind::invalid, loaded.error().detail);
    if (auto stored = settings_.add_certificate({name, certificate_file, key_file}, actor); !stored) {
        certificates_.remove(name);
        return stored;
    }
    refresh_certificates();
    return {};
}

Result<> ServiceCatalogue::remove_certificate(const std::string& name, const std::string& actor) {
    const std::scoped_lock lock(mutex_);
    const auto known = certificates_.all();
    const auto at = std::ranges::find(known, name, [](const auto& one) { return one.files.name; });
    if (at == known.end()) return fail(ErrorKind::not_found, "no certificate named " + escape_for_log(name, 80));
    if (!at->files.set) return fail(ErrorKind::busy, "the certificate " + name + " is the configuration file's");
    for (const auto& entry : entries_) {
        const auto used = certificates_.find(entry->part.settings(entry->overlay.effective).certificate);
        if (used && *used == name)
            return fail(ErrorKind::busy, "the service " + entry->part.name + " shows the certificate " + name + ": give it another first");
    }
    if (auto stored = settings_.remove_certificate(name, actor); !stored) return stored;
    certificates_.remove(name);
    refresh_certificates();
    return {};
}

Result<> ServiceCatalogue::reload_certificates(const std::string& actor) {
    const std::scoped_lock lock(mutex_);
    certificates_.look(true);
    refresh_certificates();
    if (auto noted = settings_.note(actor, "certificate.reload", "all", ""); !noted) return noted;
    for (const Certificates::Known& known : certificates_.all())
        if (!known.problem.empty()) return fail(ErrorKind::invalid, known.problem);
    return {};
}

void ServiceCatalogue::follow_tls(const Config::Tls& tls) {
    const std::scoped_lock lock(mutex_);
    certificates_.set_least(least_tls(tls));
    refresh_certificates();
    certificates_.warn(tls.warn_before);
    ++watch_generation_;
    if (tls.watch.count() > 0)
        surroundings_.upkeep.spawn(surroundings_.io.next(), watch(watch_generation_, tls.watch, tls.warn_before), "tls.watch");
}

/// Looks after the certificates' files until another watch begins, or the group is cancelled.
net::Task<> ServiceCatalogue::watch(std::uint64_t generation, std::chrono::seconds interval, std::chrono::hours before) {
    for (bool last = false; !last;) {
        const auto waited = co_await net::sleep_for(interval);
        if (!waited) co_return;
        const auto looked = co_await surroundings_.work.run([this, generation, before] {
            const std::scoped_lock lock(mutex_);
            if (generation != watch_generation_) return true;
            if (certificates_.look()) refresh_certificates();
            certificates_.warn(before);
            return false;
        });
        last = looked && *looked;  // not looked: the pool is full now
    }
}

}  // namespace restante
