#pragma once
// Who exists and who may enter: tenants (master users), domains, POP accounts, aliases.
//
// Thread-safe. Calls marked blocking do SQL or password hashing: run them on a work pool. Lookups are answered from
// memory and see every change made through this object at once.
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "db/database.hpp"
#include "directory/account_settings.hpp"
#include "directory/alias_text.hpp"
#include "directory/change.hpp"
#include "directory/mail_rules.hpp"
#include "directory/mailing_lists.hpp"
#include "message/envelope.hpp"
#include "sasl/scram_keys.hpp"

namespace restante::directory {

struct Options {
    std::uint32_t argon2_memory_kib = 19'456;  // KiB per hash (OWASP's floor for Argon2id)
    std::uint32_t argon2_passes = 2;
    std::uint32_t argon2_concurrency = 2;   // hashes computed at the same time
    std::size_t password_min_length = 8;    // characters; never below 6 (S5.9)
    std::size_t login_cache_seconds = 300;  // a proven password is remembered this long (as a keyed hash); 0: never
    std::size_t max_alias_depth = 10;       // aliases one after the other
    std::size_t max_expanded_recipients = 10'000;  // destinations of one recipient, after expansion
    bool plus_addressing = true;                   // name+tag@domain is name@domain where no alias says otherwise
    bool allow_remote_destinations = true;  // aliases, forwards and lists may lead outside this server, unless the
                                            // tenant says otherwise
    std::string postmaster;                        // account for postmaster@ where no alias says otherwise
                                                   // (RFC 5321 4.5.1); empty: the account named "postmaster", if it is an
                                                   // administrator's or of the domain's tenant, else
                                                   // for the server's own name whoever is postmaster of the domain
                                                   // around it, or of the oldest one of administrators
    std::string host_name;                         // postmaster@ and root@ it are here, even if it is no mail domain
    bool role_aliases = true;  // the first account of a domain gets postmaster@ and abuse@, if nobody else has them

    bool scram = true;                        // keep SCRAM keys beside the password's hash; false: erase them
    std::uint32_t scram_iterations = 15'000;  // HMACs per guess; never below 4,096 (RFC 5802 4)
    bool upgrade_hashes = true;  // other servers' hashes, and such of other costs, become ours at the next login
    std::size_t max_app_passwords = 50;      // of one account
    std::chrono::hours app_password_use{1};  // last use is written at most this often
    Quota quota{};                           // of accounts whose tenant and domain have none
    std::chrono::hours deletion_grace{168};  // a deleted account can be restored that long; 0: gone at once
    std::string secret_key;  // 32 octets: encrypts shared secrets, makes the fake SCRAM keys; empty: no shared secrets
};

struct Tenant {
    std::int64_t id = 0;
    std::string name;            // unique over master users, accounts and lists (S5.3)
    bool administrator = false;  // may do everything on this server
};
struct Domain {
    std::int64_t id = 0;
    std::int64_t tenant_id = 0;
    std::string name;  // lower case, A-labels
};
struct Account {
    std::int64_t id = 0;  // also the id of its maildrop
    std::int64_t tenant_id = 0;
    std::string name;            // unique over the whole server (S5.3)
    std::int64_t domain_id = 0;  // domain of its default alias name@domain (S5.6)
    std::string default_address;
    std::string real_name;
    bool enabled = true;                     // false: nobody can log in; its mail is still taken and kept
    bool pop3_enabled = true;                // S2.34, S2.35
    std::optional<Pop3Settings> pop3_own{};  // nullopt: the protocol's defaults (S2.36)
    bool shared_secret = false;              // opted in to APOP, CRAM-MD5 and NTLM
    bool app_passwords_only = false;         // mail programs cannot use the account's own password
    std::optional<Timestamp> deleted_at{};   // deleted, and still to be restored
    Forwarding forwarding{};
    std::shared_ptr<const AutoReply> auto_reply{};  // null: none
    std::optional<Quota> quota_own{};
};
struct Alias {
    std::int64_t id = 0;
    std::int64_t domain_id = 0;
    std::string address;                    // "sales@example.org"; "@example.org" is the catch-all
    std::vector<std::string> destinations;  // address, account or list without domain, or "/dev/null" (S5.21)
    std::string managed_by;                 // "account:bob", "list:staff" for hidden ones (S5.7, S5.23); empty: by a
                                            // person
};

/// Who logged in.
struct Login {
    enum class Kind { account, tenant };
    Kind kind = Kind::account;
    std::int64_t id = 0;  // account or tenant
    std::int64_t tenant_id = 0;
    std::string name;
    std::string matched;  // which name matched: "name", "address" (its own), "alias"
    bool administrator = false;
    std::string app_password{};  // its name, if one was used
    bool pop3_enabled = true;    // false: refuse POP3, now that the password was right
};

/// App passwords are limited by protocol and network.
enum class Protocol { pop3, smtp };
struct LoginContext {
    Protocol protocol = Protocol::pop3;
    std::string address{};  // of the client, as text without port
};

/// A password for one program, made by the server, limited and revocable.
struct AppPassword {
    std::int64_t id = 0;
    std::string name;                   // unique in its account
    bool pop3 = true, smtp = true;      // where it works
    std::vector<std::string> networks;  // CIDR; empty: everywhere
    Timestamp created_at{};
    std::optional<Timestamp> expires_at{};
    std::optional<Timestamp> last_used_at{};  // not written at every login: options.app_password_use
    std::string last_used_from{};             // address
};

/// Where mail for one address goes.
struct Route {
    struct Limited {
        std::int64_t account = 0;
        Quota quota;
    };
    std::vector<std::int64_t> accounts;   // local maildrops, each once
    std::vector<std::string> remote;      // addresses outside this server
    bool discard = false;                 // /dev/null
    std::vector<std::int64_t> lists;      // mailing lists
    std::vector<std::int64_t> answering;  // accounts on the way that have an automatic reply, in force or not
    std::vector<Limited> limited;         // those of `accounts` that have a quota
    std::int64_t bounces_of = 0;          // a list: mail that comes back from its members ...
    std::string bounce_token;             // ... and what stands between '+' and '@'; may be empty

    bool empty() const { return accounts.empty() && remote.empty() && !discard && lists.empty() && bounces_of == 0; }
};

class Directory : public MailRules, public MailingLists {
public:
    using Change = directory::Change;

    /// Blocking. Applies the module's migrations. The references must outlive the directory.
    static Result<std::unique_ptr<Directory>> open(db::Database& database, IdSource& ids, const Clock& clock, Log& log,
                                                   Options options);
    ~Directory() override = default;

    /// Blocking. From now on these hold, but for the secret key: that stays. Accounts follow new costs of Argon2id and
    /// SCRAM at their next login with the password. Errors: unavailable (no memory for the new cost: nothing changed).
    virtual Result<void> set_options(Options options) = 0;

    // Every mutation is one durable transaction with an audit row, and live when it returns. Blocking.
    virtual Result<Tenant> create_tenant(const std::string& name, const std::string& password, bool administrator,
                                         const Change& by) = 0;
    virtual Result<Domain> create_domain(std::int64_t tenant_id, const std::string& name, const Change& by) = 0;
    virtual Result<void> delete_domain(const std::string& name, const Change& by) = 0;  // busy while it has accounts
    /// password: clear text (checked against the policy, stored as Argon2id). password_hash: an existing hash with
    /// scheme instead (legacy_hash.hpp), replaced at the next login; {PLAIN} is turned into Argon2id at once, clear
    /// text is never stored (S5.15).
    struct NewAccount {
        std::string name, domain, real_name, password, password_hash;
    };
    virtual Result<Account> create_account(const NewAccount& account, const Change& by) = 0;
    /// All or none, in one transaction.
    virtual Result<std::vector<Account>> create_accounts(const std::vector<NewAccount>& accounts, const Change& by) = 0;
    struct RowFault {
        std::size_t row = 0;  // index in `accounts`
        std::string field;    // "name", "domain", "real_name", "password", "password_hash"
        std::string detail;
        ErrorKind kind = ErrorKind::invalid;
    };
    struct Import {
        std::vector<RowFault> faults;  // every one, in the order of the rows; not empty: nothing was done
        std::size_t created = 0;       // with dry_run: would be
    };
    /// As create_accounts, but tells all that is wrong. dry_run: only tells.
    virtual Result<Import> import_accounts(const std::vector<NewAccount>& accounts, bool dry_run, const Change& by) = 0;
    /// What import_accounts takes, in the order of names. hashes: with the hashes, which is audited.
    virtual Result<std::vector<NewAccount>> export_accounts(const std::string& domain_or_empty, bool hashes,
                                                            const Change& by) = 0;
    virtual Result<void> set_password(const std::string& name, const std::string& password, const Change& by) = 0;
    virtual Result<void> set_enabled(const std::string& account, bool enabled, const Change& by) = 0;
    virtual Result<void> set_real_name(const std::string& account, const std::string& real_name, const Change& by) = 0;
    virtual Result<void> set_pop3(const std::string& account, bool enabled, const std::optional<Pop3Settings>& own,
                                  const Change& by) = 0;
    virtual Result<void> set_app_passwords_only(const std::string& account, bool only, const Change& by) = 0;
    /// Opts in to APOP, CRAM-MD5 and NTLM: stores the password encrypted rather than hashed. It must be the account's
    /// (invalid otherwise). unsupported without options.secret_key.
    virtual Result<void> keep_shared_secret(const std::string& account, const std::string& password,
                                            const Change& by) = 0;
    virtual Result<void> erase_shared_secret(const std::string& account, const Change& by) = 0;

    struct NewAppPassword {
        std::string name;
        bool pop3 = true, smtp = true;
        std::vector<std::string> networks{};
        std::optional<Timestamp> expires_at{};
    };
    struct MadeAppPassword {
        AppPassword app_password;
        std::string secret;  // kept nowhere: show it once
    };
    virtual Result<MadeAppPassword> create_app_password(const std::string& account, const NewAppPassword& wanted,
                                                        const Change& by) = 0;
    virtual Result<void> revoke_app_password(const std::string& account, const std::string& name, const Change& by) = 0;
    virtual Result<std::vector<AppPassword>> app_passwords(const std::string& account) = 0;

    /// Hides an account: nobody can log in, its addresses take no mail, its name stays taken. The aliases that lead
    /// only to it are hidden too. restore_account undoes all of that, until purge_at.
    virtual Result<Account> hide_account(const std::string& name, const Change& by) = 0;
    virtual Result<Account> restore_account(const std::string& name, const Change& by) = 0;
    virtual Result<std::vector<Account>> hidden_accounts() = 0;
    /// When a hidden account is to be deleted for good.
    virtual Timestamp purge_at(const Account& hidden) const = 0;
    /// For good, hidden or not. Removes every alias destination that points to it as well (S5.17). The caller removes
    /// the maildrop.
    virtual Result<Account> delete_account(const std::string& name, const Change& by) = 0;
    /// The aliases as they would be without the account: those without destinations would go.
    virtual Result<std::vector<Alias>> aliases_without(const std::string& account) = 0;
    /// Creates or replaces. Refuses loops and shows them, and destinations that do not exist (S5.24).
    virtual Result<Alias> set_alias(const std::string& address, const std::vector<std::string>& destinations,
                                    const Change& by) = 0;
    /// busy while another alias leads to it.
    virtual Result<void> delete_alias(const std::string& address, const Change& by) = 0;
    struct AliasTextChange {
        std::vector<LineFault> faults;  // in the order of lines; not empty: nothing was done
        std::size_t added = 0, changed = 0, removed = 0;
        std::size_t aliases = 0;  // in the text
    };
    /// A domain's aliases but the managed ones become those of the text (alias_text.hpp), all or none. dry_run: only
    /// tells.
    virtual Result<AliasTextChange> put_alias_text(const std::string& domain, const std::string& text, bool dry_run,
                                                   const Change& by) = 0;
    /// Blocking.
    virtual Result<std::string> alias_text(const std::string& domain) = 0;

    // Blocking.
    virtual Result<std::vector<Tenant>> tenants() = 0;
    virtual Result<std::vector<Domain>> domains() = 0;
    virtual Result<std::vector<Account>> accounts(const std::string& domain_or_empty) = 0;
    virtual Result<std::vector<Alias>> aliases(const std::string& domain_or_empty) = 0;
    virtual Result<Account> account(const std::string& name_or_address) = 0;
    /// The aliases that lead to each account, made by people (S5.12), in order; by account id.
    virtual Result<std::map<std::int64_t, std::vector<std::string>>> aliases_by_account() = 0;
    struct AuditRow {
        std::int64_t id = 0;
        Timestamp at{};
        std::string actor, action, object, detail;
    };
    virtual Result<std::vector<AuditRow>> audit(std::size_t newest, std::int64_t before = 0) = 0;

    /// Blocking (Argon2id unless remembered). name: account name, its address or an alias that leads to it alone, or a
    /// tenant. Errors: unauthenticated (same text and time for unknown and wrong), unavailable (database down).
    virtual Result<Login> verify(std::string_view name, std::string_view password) = 0;
    /// A remembered proof only; nullopt when verify() must be asked. Never blocks for long.
    virtual std::optional<Login> verify_remembered(std::string_view name, std::string_view password) = 0;
    /// For mail programs: takes app passwords too, unless the account takes only those. On success a legacy hash
    /// becomes Argon2id and missing SCRAM keys are made. Whether the protocol is switched off stands in the login.
    virtual Result<Login> verify(std::string_view name, std::string_view password, const LoginContext& context) = 0;
    virtual std::optional<Login> verify_remembered(std::string_view name, std::string_view password,
                                                   const LoginContext& context) = 0;
    /// Is it an app password of that login, good there and now? Not blocking for long.
    virtual bool is_app_password(std::string_view name, std::string_view password, const LoginContext& context) = 0;

    // For mechanisms that do not send the password. Not blocking for long (memory).
    /// Real ones, or for unknown names, disabled accounts and such without keys fake ones, which stay the same.
    virtual sasl::ScramKeys scram_keys(std::string_view name, sasl::ScramHash hash) = 0;
    /// Clear text; only of accounts that opted in.
    virtual std::optional<std::string> shared_secret(std::string_view name) = 0;
    /// After a mechanism has proved who it is. Names as in verify(). unauthenticated: unknown or disabled.
    virtual Result<Login> login_as(std::string_view name, const LoginContext& context) = 0;

    /// Not blocking for long (memory). Is the domain ours?
    virtual bool is_local_domain(std::string_view domain) = 0;
    /// Errors: not_found (no such recipient in a domain of ours), denied (domain is not ours), invalid (alias loop),
    /// unsupported (it leads outside this server only, which is not allowed).
    virtual Result<Route> route(const message::Address& recipient) = 0;
    /// May this login send with this reverse-path? True for its own addresses and aliases that lead to it.
    virtual bool may_send_as(const Login& login, const message::Address& sender) = 0;
    virtual Result<std::optional<Account>> account_by_id(std::int64_t id) = 0;
};

}  // namespace restante::directory
