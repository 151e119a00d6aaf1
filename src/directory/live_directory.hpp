#pragma once
// The Directory over a database and an index in memory.
//
// A mutation holds write_ from its checks to its end: check against the index, one transaction, then the same change
// to the index under an exclusive index_mutex_. Lookups take index_mutex_ shared and nothing else.
#include <mutex>
#include <shared_mutex>

#include "directory/directory.hpp"
#include "directory/index.hpp"
#include "directory/password.hpp"
#include "directory/proofs.hpp"
#include "directory/routing.hpp"

namespace restante::directory {

class LiveDirectory final : public Directory {
public:
    LiveDirectory(db::Database& database, IdSource& ids, const Clock& clock, Log& log, Options options);
    Result<void> load_all();

    Result<Tenant> create_tenant(const std::string& name, const std::string& password, bool administrator,
                                 const Change& by) override;
    Result<Domain> create_domain(std::int64_t tenant_id, const std::string& name, const Change& by) override;
    Result<void> delete_domain(const std::string& name, const Change& by) override;
    Result<Account> create_account(const NewAccount& account, const Change& by) override;
    Result<std::vector<Account>> create_accounts(const std::vector<NewAccount>& accounts, const Change& by) override;
    Result<void> set_password(const std::string& name, const std::string& password, const Change& by) override;
    Result<void> set_enabled(const std::string& account, bool enabled, const Change& by) override;
    Result<void> set_real_name(const std::string& account, const std::string& real_name, const Change& by) override;
    Result<Account> delete_account(const std::string& name, const Change& by) override;
    Result<Alias> set_alias(const std::string& address, const std::vector<std::string>& destinations,
                            const Change& by) override;
    Result<void> delete_alias(const std::string& address, const Change& by) override;

    Result<std::vector<Tenant>> tenants() override;
    Result<std::vector<Domain>> domains() override;
    Result<std::vector<Account>> accounts(const std::string& domain_or_empty) override;
    Result<std::vector<Alias>> aliases(const std::string& domain_or_empty) override;
    Result<Account> account(const std::string& name_or_address) override;
    Result<std::vector<AuditRow>> audit(std::size_t newest) override;

    Result<Login> verify(std::string_view name, std::string_view password) override;
    std::optional<Login> verify_remembered(std::string_view name, std::string_view password) override;
    bool is_local_domain(std::string_view domain) override;
    Result<Route> route(const message::Address& recipient) override;
    bool may_send_as(const Login& login, const message::Address& sender) override;
    Result<std::optional<Account>> account_by_id(std::int64_t id) override;

private:
    /// A login that may enter, if the password is right.
    struct Candidate {
        Login login;
        Credential credential;
    };
    std::optional<Candidate> candidate(std::string_view name) const;
    std::optional<Candidate> candidate_behind(std::string_view address) const;

    // For mutations, with write_ held (so that the index does not change between check and use).
    Result<void> check_name_free(const std::string& name, const std::string& domain) const;
    Result<AccountEntry> prepare(const NewAccount& wanted);
    Result<std::string> hash_for(const std::string& name, const NewAccount& wanted);
    Result<AccountEntry> editable(const std::string& name) const;
    Result<void> change_account(AccountEntry changed, std::string_view action, const std::string& detail,
                                const Change& by);
    Result<void> note(db::Session& session, std::string_view action, const std::string& object,
                      const std::string& detail, const Change& by);
    /// What the aliases become when `gone` (alias keys) and `account` (a name, or empty) are no more; aliases left
    /// without a destination go too. Returns the changed ones; those without destinations are to be deleted.
    std::vector<Alias> without(std::vector<std::string> gone, const std::string& account) const;
    Result<void> store_aliases(db::Session& session, const std::vector<Alias>& changed);
    void apply_aliases(const std::vector<Alias>& changed);

    db::Database& database_;
    IdSource& ids_;
    const Clock& clock_;
    Log& log_;
    const Options options_;
    PasswordHasher hasher_;
    Proofs proofs_;
    std::mutex write_;
    mutable std::shared_mutex index_mutex_;
    Index index_;                 // written under write_ and index_mutex_, so either is enough to read it
    std::uint64_t versions_ = 0;  // guarded by write_
};

}  // namespace restante::directory
