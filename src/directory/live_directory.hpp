#pragma once
// The Directory over a database and an index in memory.
//
// A mutation holds write_ from its checks to its end: check against the index, one transaction, then the same change
// to the index under an exclusive index_mutex_. Lookups take index_mutex_ shared and nothing else.
#include <atomic>
#include <deque>
#include <mutex>
#include <shared_mutex>

#include "base/secret_box.hpp"
#include "directory/app_password_uses.hpp"
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
    Result<void> set_options(Options options) override;

    Result<Tenant> create_tenant(const std::string& name, const std::string& password, bool administrator,
                                 const Change& by) override;
    Result<Domain> create_domain(std::int64_t tenant_id, const std::string& name, const Change& by) override;
    Result<void> delete_domain(const std::string& name, const Change& by) override;
    Result<Account> create_account(const NewAccount& account, const Change& by) override;
    Result<std::vector<Account>> create_accounts(const std::vector<NewAccount>& accounts, const Change& by) override;
    Result<Import> import_accounts(const std::vector<NewAccount>& accounts, bool dry_run, const Change& by) override;
    Result<std::vector<NewAccount>> export_accounts(const std::string& domain_or_empty, bool hashes,
                                                    const Change& by) override;
    Result<void> set_password(const std::string& name, const std::string& password, const Change& by) override;
    Result<void> set_enabled(const std::string& account, bool enabled, const Change& by) override;
    Result<void> set_real_name(const std::string& account, const std::string& real_name, const Change& by) override;
    Result<void> set_pop3(const std::string& account, bool enabled, const std::optional<Pop3Settings>& own,
                          const Change& by) override;
    Result<void> set_app_passwords_only(const std::string& account, bool only, const Change& by) override;
    Result<void> keep_shared_secret(const std::string& account, const std::string& password, const Change& by) override;
    Result<void> erase_shared_secret(const std::string& account, const Change& by) override;
    Result<MadeAppPassword> create_app_password(const std::string& account, const NewAppPassword& wanted,
                                                const Change& by) override;
    Result<void> revoke_app_password(const std::string& account, const std::string& name, const Change& by) override;
    Result<std::vector<AppPassword>> app_passwords(const std::string& account) override;
    Result<Account> hide_account(const std::string& name, const Change& by) override;
    Result<Account> restore_account(const std::string& name, const Change& by) override;
    Result<std::vector<Account>> hidden_accounts() override;
    Timestamp purge_at(const Account& hidden) const override;
    Result<Account> delete_account(const std::string& name, const Change& by) override;
    Result<std::vector<Alias>> aliases_without(const std::string& account) override;
    Result<Alias> set_alias(const std::string& address, const std::vector<std::string>& destinations,
                            const Change& by) override;
    Result<void> delete_alias(const std::string& address, const Change& by) override;
    Result<AliasTextChange> put_alias_text(const std::string& domain, const std::string& text, bool dry_run,
                                           const Change& by) override;
    Result<std::string> alias_text(const std::string& domain) override;

    Result<void> set_forwarding(const std::string& account, const Forwarding& wanted, const Change& by) override;
    Result<void> set_auto_reply(const std::string& account, const std::optional<AutoReply>& wanted,
                                const Change& by) override;
    Result<void> set_account_quota(const std::string& account, const std::optional<Quota>& wanted,
                                   const Change& by) override;
    Result<void> set_domain_quota(const std::string& domain, const std::optional<Quota>& wanted,
                                  const Change& by) override;
    Result<void> set_tenant_rules(const std::string& tenant, const TenantRules& wanted, const Change& by) override;
    Result<EffectiveQuota> quota_of(std::int64_t account) override;
    std::optional<Quota> domain_quota(std::int64_t domain) override;
    TenantRules tenant_rules(std::int64_t tenant) override;
    bool may_leave(std::int64_t tenant) override;

    Result<MailingList> create_list(const std::string& name, const std::string& domain, const ListSettings& settings,
                                    const Change& by) override;
    Result<MailingList> change_list(const std::string& name, const ListSettings& settings, const Change& by) override;
    Result<void> delete_list(const std::string& name, const Change& by) override;
    Result<MemberChange> put_members(const std::string& name, const std::vector<std::string>& addresses,
                                     const Change& by) override;
    Result<MemberChange> add_members(const std::string& name, const std::vector<std::string>& addresses,
                                     const Change& by) override;
    Result<MemberChange> remove_members(const std::string& name, const std::vector<std::string>& addresses,
                                        const Change& by) override;
    Result<void> resume_member(const std::string& name, const std::string& address, const Change& by) override;
    Result<BounceCount> note_bounce(std::int64_t list, std::int64_t member, const std::string& detail) override;
    std::vector<MailingList> lists(const std::string& domain_or_empty) override;
    std::shared_ptr<const ListView> list_named(const std::string& name_or_address) override;
    std::shared_ptr<const ListView> list_by_id(std::int64_t id) override;

    Result<std::vector<Tenant>> tenants() override;
    Result<std::vector<Domain>> domains() override;
    Result<std::vector<Account>> accounts(const std::string& domain_or_empty) override;
    Result<std::vector<Alias>> aliases(const std::string& domain_or_empty) override;
    Result<Account> account(const std::string& name_or_address) override;
    Result<std::map<std::int64_t, std::vector<std::string>>> aliases_by_account() override;
    Result<std::vector<AuditRow>> audit(std::size_t newest, std::int64_t before) override;

    Result<Login> verify(std::string_view name, std::string_view password) override;
    std::optional<Login> verify_remembered(std::string_view name, std::string_view password) override;
    Result<Login> verify(std::string_view name, std::string_view password, const LoginContext& context) override;
    std::optional<Login> verify_remembered(std::string_view name, std::string_view password,
                                           const LoginContext& context) override;
    bool is_app_password(std::string_view name, std::string_view password, const LoginContext& context) override;
    sasl::ScramKeys scram_keys(std::string_view name, sasl::ScramHash hash) override;
    std::optional<std::string> shared_secret(std::string_view name) override;
    Result<Login> login_as(std::string_view name, const LoginContext& context) override;
    bool is_local_domain(std::string_view domain) override;
    Result<Route> route(const message::Address& recipient) override;
    bool may_send_as(const Login& login, const message::Address& sender) override;
    Result<std::optional<Account>> account_by_id(std::int64_t id) override;

private:
    const Options& options() const { return *now_.load(); }

    /// Who a login name stands for; with index_mutex_ held. Both null: nobody who may enter.
    struct Match {
        const AccountEntry* account = nullptr;
        const TenantEntry* tenant = nullptr;
        const char* matched = "";
    };
    Match match(std::string_view lower) const;
    Match match_address(std::string_view address) const;

    /// A login that may enter, if the password is right.
    struct Candidate {
        Login login;
        Credential credential;
        std::uint32_t scram_iterations = 0;
        bool app_passwords_only = false;
    };
    std::optional<Candidate> candidate(std::string_view name) const;
    std::optional<AppPassword> app_password_of(const Login& login, std::string_view password) const;
    Result<Login> prove(std::optional<Candidate> found, std::string_view password);
    Result<Login> use(Candidate found, const AppPassword& app, const LoginContext& context);
    std::uint64_t renew(const Candidate& found, std::string_view password);

    std::string scram_salt(std::string_view name, sasl::ScramHash hash) const;
    std::uint32_t scram_iterations() const;
    /// None with options().scram off. Slow.
    ScramRecord scram_for(const std::string& name, std::string_view password) const;
    sasl::ScramKeys fake_keys(std::string_view lower, sasl::ScramHash hash) const;
    static std::string owner_of(std::int64_t account);

    // For mutations, with write_ held (so that the index does not change between check and use).
    Result<void> check_name_free(const std::string& name, const std::string& domain) const;
    Result<void> check_place(const AccountEntry& entry) const;
    std::vector<RowFault> place_faults(const std::vector<AccountEntry>& entries) const;
    std::vector<Alias> aliases_for(std::vector<AccountEntry>& entries);
    std::vector<Alias> role_aliases_for(const std::vector<AccountEntry>& entries);
    Result<void> store_accounts(std::vector<AccountEntry> entries, const Change& by);
    Result<AccountEntry> editable(const std::string& name) const;
    Result<void> change_account(AccountEntry changed, std::string_view action, const std::string& detail,
                                const Change& by);
    /// Without the lock.
    Result<void> set_secrets(AccountEntry& entry, const NewAccount& wanted);
    Result<AppPassword> checked_app_password(const NewAppPassword& wanted);
    Result<void> erase_scram_keys();
    Result<void> note(db::Session& session, std::string_view action, const std::string& object,
                      const std::string& detail, const Change& by);
    /// What the aliases become when `gone` (alias keys) and `account` (a name, or empty) are no more; aliases left
    /// without a destination go too. Returns the changed ones; those without destinations are to be deleted.
    std::vector<Alias> without(std::vector<std::string> gone, const std::string& account) const;
    Result<void> store_default_quota(db::Session& session, const std::string& kind, std::int64_t id,
                                     const std::string& name, const std::optional<Quota>& wanted, const Change& by);
    Result<std::shared_ptr<const ListView>> list_to_change(const std::string& name) const;
    Result<void> change_view(ListView changed, std::string_view action, const std::string& detail, const Change& by,
                             const std::function<Result<void>(db::Session&)>& write);
    Result<void> check_owners(const MailingList& list) const;
    Result<std::vector<ListMember>> members_for(const ListView& view, const std::vector<std::string>& addresses);
    Result<MemberChange> replace_members(const ListView& view, std::vector<ListMember> wanted, std::string_view action,
                                         const Change& by);
    struct TextPlan {
        Pending pending;
        std::vector<Alias> changed;  // those to be deleted without destinations
        std::unordered_map<std::string, std::vector<std::size_t>> lines;
        std::vector<LineFault> faults;
        std::size_t added = 0;
    };
    TextPlan plan_text(const Domain& domain, AliasText text);
    void check_text(TextPlan& plan) const;
    Result<void> store_aliases(db::Session& session, const std::vector<Alias>& changed);
    void apply_aliases(const std::vector<Alias>& changed);

    db::Database& database_;
    IdSource& ids_;
    const Clock& clock_;
    Log& log_;
    std::deque<Options> options_;  // guarded by write_; those of the past stay, as somebody may be reading them
    std::atomic<const Options*> now_;
    PasswordHasher hasher_;
    Proofs proofs_;
    AppPasswordUses uses_;
    const std::string fake_key_;
    std::optional<SecretBox> box_;
    std::mutex write_;
    mutable std::shared_mutex index_mutex_;
    Index index_;                 // written under write_ and index_mutex_, so either is enough to read it
    std::uint64_t versions_ = 0;  // guarded by write_
};

}  // namespace restante::directory
