// What mechanisms need that do not send the password: SCRAM keys and shared secrets.
#include <algorithm>

#include "base/random.hpp"
#include "base/text.hpp"
#include "directory/live_directory.hpp"
#include "directory/names.hpp"

namespace restante::directory {
namespace {
constexpr std::size_t kSaltOctets = 16;

std::string packed(const sasl::ScramKeys& keys) { return keys.salt + keys.stored_key + keys.server_key; }

std::string_view label_of(sasl::ScramHash hash) { return hash == sasl::ScramHash::sha1 ? "sha1" : "sha256"; }
}  // namespace

/// By name rather than at random: so nobody who asks twice, before and after a change of the password, or for a name
/// and then for its address, learns from the salt whether somebody is there.
std::string LiveDirectory::scram_salt(std::string_view name, sasl::ScramHash hash) const {
    std::string text = "salt ";
    text.append(label_of(hash)).append(" ").append(name);
    return hmac_sha256(fake_key_, text).substr(0, kSaltOctets);
}

std::uint32_t LiveDirectory::scram_iterations() const {
    return std::max(options().scram_iterations, sasl::kScramLeastIterations);
}

ScramRecord LiveDirectory::scram_for(const std::string& name, std::string_view password) const {
    if (!options().scram) return {};
    const auto keys = [&](sasl::ScramHash hash) {
        return packed(sasl::make_scram_keys(hash, password, scram_salt(name, hash), scram_iterations()));
    };
    return {scram_iterations(), keys(sasl::ScramHash::sha1), keys(sasl::ScramHash::sha256)};
}

sasl::ScramKeys LiveDirectory::fake_keys(std::string_view lower, sasl::ScramHash hash) const {
    std::string_view base = lower;
    if (Index::find(index_.domains, domain_of(lower)) != nullptr) base = base.substr(0, base.rfind('@'));
    const auto fake = [&](std::string text) {
        text.append(label_of(hash)).append(" ").append(base);
        return hmac_sha256(fake_key_, text).substr(0, sasl::scram_key_octets(hash));
    };
    return {scram_salt(base, hash), scram_iterations(), fake("stored "), fake("server ")};
}

sasl::ScramKeys LiveDirectory::scram_keys(std::string_view name, sasl::ScramHash hash) {
    const std::string lower = to_lower(name);
    const std::size_t octets = sasl::scram_key_octets(hash);
    const std::shared_lock lock(index_mutex_);
    sasl::ScramKeys keys = fake_keys(lower, hash);  // in any case: the time must not tell
    const AccountEntry* entry = match(lower).account;
    if (entry == nullptr || entry->scram.iterations == 0 || entry->account.app_passwords_only) return keys;
    const std::string& stored = hash == sasl::ScramHash::sha1 ? entry->scram.sha1 : entry->scram.sha256;
    if (stored.size() != kSaltOctets + 2 * octets) return keys;
    keys.salt = stored.substr(0, kSaltOctets);
    keys.iterations = entry->scram.iterations;
    keys.stored_key = stored.substr(kSaltOctets, octets);
    keys.server_key = stored.substr(kSaltOctets + octets);
    return keys;
}

std::optional<std::string> LiveDirectory::shared_secret(std::string_view name) {
    if (!box_) return std::nullopt;
    const std::string lower = to_lower(name);
    std::int64_t id = 0;
    std::string sealed;
    {
        const std::shared_lock lock(index_mutex_);
        const AccountEntry* entry = match(lower).account;
        if (entry == nullptr || entry->sealed_secret.empty() || entry->account.app_passwords_only) return std::nullopt;
        id = entry->account.id;
        sealed = entry->sealed_secret;
    }
    auto secret = box_->open(owner_of(id), sealed);
    if (secret) return std::move(*secret);
    log_.error("directory.shared_secret_unreadable", {{"name", lower}, {"reason", secret.error().detail}});
    return std::nullopt;
}

std::string LiveDirectory::owner_of(std::int64_t account) { return "account " + std::to_string(account); }

Result<Login> LiveDirectory::login_as(std::string_view name, const LoginContext&) {
    auto found = candidate(name);
    if (!found) return fail(ErrorKind::unauthenticated, "there is nobody of that name who may log in");
    return std::move(found->login);
}

Result<void> LiveDirectory::keep_shared_secret(const std::string& account, const std::string& password,
                                               const Change& by) {
    if (!box_) return fail(ErrorKind::unsupported, "this server has no key to encrypt shared secrets with");
    std::uint64_t version = 0;
    std::string hash;
    {
        const std::shared_lock lock(index_mutex_);
        auto entry = editable(account);
        if (!entry) return fail(std::move(entry.error()));
        version = entry->credential.version;
        hash = entry->credential.hash;
    }
    if (!hasher_.verify(hash, password))
        return fail(ErrorKind::invalid,
                    "is not the password of " + to_lower(account) + ": the shared secret must be the same");
    const std::lock_guard lock(write_);
    auto entry = editable(account);
    if (!entry) return fail(std::move(entry.error()));
    if (entry->credential.version != version)
        return fail(ErrorKind::busy, "the account was changed by somebody else at the same time: try again");
    entry->sealed_secret = box_->seal(owner_of(entry->account.id), password);
    entry->account.shared_secret = true;
    return change_account(std::move(*entry), "account.shared_secret.keep", "", by);
}

Result<void> LiveDirectory::erase_shared_secret(const std::string& account, const Change& by) {
    const std::lock_guard lock(write_);
    auto entry = editable(account);
    if (!entry) return fail(std::move(entry.error()));
    if (!entry->account.shared_secret) return {};
    entry->sealed_secret.clear();
    entry->account.shared_secret = false;
    return change_account(std::move(*entry), "account.shared_secret.erase", "", by);
}

}  // namespace restante::directory
