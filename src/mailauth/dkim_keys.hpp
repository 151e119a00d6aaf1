#pragma once
// The keys our domains sign with: made, shown, rotated and removed by administrators; private parts are stored
// encrypted.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/secret_box.hpp"
#include "db/auditor.hpp"
#include "db/database.hpp"
#include "mailauth/dkim_sign.hpp"

namespace restante::mailauth {

struct DkimKey {
    enum class State {
        pending,  // its record is to be shown before anything is signed with it
        active,
        retired,  // signs no more; its record has to stay while mail signed with it is under way
    };
    std::string domain, selector;
    KeyType type = KeyType::rsa;
    int bits = 0;
    State state = State::pending;
    std::string record_name, record;  // of TXT, to be put into the domain's zone
    Timestamp created_at{};
    std::optional<Timestamp> activated_at, retired_at;
};
const char* to_string(DkimKey::State state);

/// Thread-safe. Everything but active() blocks.
class DkimKeys {
public:
    struct Parts {
        db::Database& database;
        IdSource& ids;
        const Clock& clock;
        db::Auditor audit;
    };
    /// Applies its migrations. key: SecretBox::kKeyOctets octets. corrupt: a key cannot be decrypted.
    static Result<std::unique_ptr<DkimKeys>> open(Parts parts, std::string key);

    /// Of one domain, newest first; of all domains for an empty name.
    Result<std::vector<DkimKey>> list(const std::string& domain);
    /// An RSA and an Ed25519 key, both pending (RFC 8463 3). already_exists: the domain has keys, rotate them; of the
    /// second: busy while others are pending, not_found if there are none.
    Result<std::vector<DkimKey>> add(const std::string& domain, const std::string& actor);
    Result<std::vector<DkimKey>> rotate(const std::string& domain, const std::string& actor);
    /// The pending keys sign from now on, those that did are retired. not_found: none is pending. selectors: only
    /// these.
    Result<std::vector<DkimKey>> activate(const std::string& domain, const std::string& actor,
                                          const std::vector<std::string>& selectors = {});
    /// One key, or all of a domain for an empty selector. not_found.
    Result<> remove(const std::string& domain, const std::string& selector, const std::string& actor);

    /// What mail of that domain is signed with; null: nothing. At once.
    std::shared_ptr<const std::vector<SigningKey>> active(const std::string& domain) const;

private:
    using ByDomain = std::map<std::string, std::shared_ptr<const std::vector<SigningKey>>>;
    DkimKeys(Parts parts, std::string key) : parts_(std::move(parts)), box_(std::move(key)) {}
    Result<> load();
    Result<std::vector<DkimKey>> make(const std::string& domain, const std::string& actor, bool is_first);
    Result<> insert(db::Session& session, const DkimKey& key, const PrivateKey& secret);
    /// Runs a change, then takes it into memory.
    Result<> change(const std::function<Result<void>(db::Session&)>& body);

    const Parts parts_;
    const SecretBox box_;
    std::mutex changes_;        // one change at a time
    mutable std::mutex mutex_;  // guards what follows
    ByDomain active_;
};

}  // namespace restante::mailauth
