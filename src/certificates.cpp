#include "certificates.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "data_directory.hpp"

namespace restante {
namespace {
constexpr std::size_t kLargestPem = 1 << 20;  // bytes

Error about(const std::string& file, Error error) {
    error.detail = file + ": " + error.detail;
    return error;
}
}  // namespace

Certificates::Stamp Certificates::stamp_of(const std::string& file) {
    std::error_code ignored;
    Stamp out;
    out.written = std::filesystem::last_write_time(file, ignored);
    out.size = std::filesystem::file_size(file, ignored);
    return out;
}

Result<> Certificates::load(Entry& entry) const {
    const Files& files = entry.known.files;
    // Noted before reading: a file written meanwhile is read again next time.
    entry.chain_stamp = stamp_of(files.certificate);
    entry.key_stamp = stamp_of(files.key);
    auto chain = read_file(files.certificate, kLargestPem);
    if (!chain) return fail(about(files.certificate, std::move(chain.error())));
    auto key = read_file(files.key, kLargestPem);
    if (!key) return fail(about(files.key, std::move(key.error())));
    net::TlsServerOptions options;
    options.certificate_chain_pem = *chain;
    options.private_key_pem = *key;
    options.least = least_;
    auto made = net::TlsServerContext::make(options);
    if (!made) return fail(about(files.certificate + ", " + files.key, std::move(made.error())));
    entry.known.loaded = std::move(*made);
    entry.chain_pem = std::move(*chain);
    entry.key_pem = std::move(*key);
    return {};
}

Result<> Certificates::put(const Files& files, bool even_if_faulty) {
    const std::scoped_lock lock(mutex_);
    Entry fresh{{files, {}, nullptr}, {}, {}, {}, {}, std::nullopt};
    if (auto loaded = load(fresh); !loaded) {
        if (!even_if_faulty) return loaded;
        fresh.known.problem = loaded.error().detail;
        log_.error("tls.certificate_faulty", {{"certificate", files.name}, {"reason", fresh.known.problem}});
    }
    const auto same = std::ranges::find(entries_, files.name, [](const Entry& e) { return e.known.files.name; });
    if (same != entries_.end())
        *same = std::move(fresh);
    else
        entries_.push_back(std::move(fresh));
    return {};
}

void Certificates::remove(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(entries_, [&](const Entry& entry) { return entry.known.files.name == name; });
}

std::vector<Certificates::Known> Certificates::all() const {
    const std::scoped_lock lock(mutex_);
    std::vector<Known> out;
    for (const Entry& entry : entries_) out.push_back(entry.known);
    return out;
}

const Certificates::Entry* Certificates::entry_for(const std::string& wanted) const {
    for (const Entry& entry : entries_)
        if (entry.known.files.name == (wanted.empty() ? "default" : wanted)) return &entry;
    for (const Entry& entry : entries_)
        if (entry.known.loaded && entry.known.loaded->is_for(wanted)) return &entry;
    return nullptr;
}

Result<std::string> Certificates::find(const std::string& wanted) const {
    const std::scoped_lock lock(mutex_);
    if (const Entry* entry = entry_for(wanted)) return entry->known.files.name;
    return fail(ErrorKind::not_found, "there is no certificate named " + escape_for_log(wanted, 80) + " or for that host");
}

Result<std::shared_ptr<const net::TlsServerContext>> Certificates::context(const std::string& wanted) const {
    const std::scoped_lock lock(mutex_);
    const Entry* own = entry_for(wanted);
    if (own == nullptr)
        return fail(ErrorKind::invalid, "there is no certificate named " + escape_for_log(wanted, 80) + " or for that host");
    if (!own->known.loaded) return fail(ErrorKind::invalid, own->known.problem);
    net::TlsServerOptions options;
    options.certificate_chain_pem = own->chain_pem;
    options.private_key_pem = own->key_pem;
    options.least = least_;
    for (const Entry& entry : entries_)
        if (&entry != own && entry.known.loaded) options.others.push_back(entry.known.loaded);
    return net::TlsServerContext::make(options);
}

bool Certificates::look(bool all) {
    const std::scoped_lock lock(mutex_);
    bool any = false;
    for (Entry& entry : entries_) {
        const Files& files = entry.known.files;
        if (!all && entry.chain_stamp == stamp_of(files.certificate) && entry.key_stamp == stamp_of(files.key)) continue;
        const std::string before = entry.known.loaded ? entry.known.loaded->fingerprint() : "";
        const auto loaded = load(entry);
        entry.known.problem = loaded ? "" : loaded.error().detail;
        if (!loaded) {
            log_.error("tls.refused", {{"certificate", files.name}, {"reason", loaded.error().detail}});
        } else if (before != entry.known.loaded->fingerprint()) {
            log_.info("tls.loaded", {{"certificate", files.name}, {"fingerprint", entry.known.loaded->fingerprint()}});
            any = true;
        }
    }
    return any;
}

void Certificates::set_least(net::TlsVersion least) {
    const std::scoped_lock lock(mutex_);
    least_ = least;
}

void Certificates::warn(std::chrono::hours before) {
    const std::scoped_lock lock(mutex_);
    const Timestamp now = clock_.now();
    for (Entry& entry : entries_) {
        if (!entry.known.loaded) continue;
        const Timestamp end = entry.known.loaded->not_after();
        if (end - now > before || (entry.warned && now - *entry.warned < std::chrono::hours(24))) continue;
        entry.warned = now;
        log_.warn(end <= now ? "tls.expired" : "tls.expires", {{"certificate", entry.known.files.name},
                                                               {"file", entry.known.files.certificate},
                                                               {"at", to_rfc3339(end)}});
    }
}

}  // namespace restante
