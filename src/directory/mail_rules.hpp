#pragma once
// What happens to an account's mail beside being kept: forwards, automatic replies, quotas.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "directory/change.hpp"

namespace restante::directory {

struct Forwarding {
    std::vector<std::string> to;  // as alias destinations; empty: no forward
    bool keep_copy = true;        // in the account's own maildrop too

    bool operator==(const Forwarding&) const = default;
};

/// A reply by the program on the account's behalf (RFC 3834).
struct AutoReply {
    bool enabled = true;
    std::optional<Timestamp> from, until;  // when it is given; nullopt: always
    std::string subject;            // one line; "{subject}" is that of the mail replied to; empty: "Auto: {subject}"
    std::string body;               // UTF-8
    std::chrono::days interval{7};  // no sender gets it more often

    bool active(Timestamp now) const { return enabled && (!from || *from <= now) && (!until || now < *until); }
    bool operator==(const AutoReply&) const = default;
};

/// 0: no limit.
struct Quota {
    std::uint64_t octets = 0, messages = 0;

    bool limits() const { return octets != 0 || messages != 0; }
    bool operator==(const Quota&) const = default;
};

/// What holds for a tenant's accounts.
struct TenantRules {
    std::optional<Quota> quota;              // of accounts whose domain says nothing; nullopt: as the server's setting
    std::optional<bool> remote_destinations;  // may aliases, forwards and lists lead outside this server? nullopt: the same
};

/// Whose quota counts for an account.
struct EffectiveQuota {
    enum class Origin { account, domain, tenant, server };
    Quota quota;
    Origin origin = Origin::server;
};

/// Part of Directory; threads and errors as there. nullopt takes a setting back.
class MailRules {
public:
    virtual ~MailRules() = default;

    // Mutations. Blocking.
    /// Errors also: invalid (with the loop shown), unsupported (an address outside, where that is not allowed).
    virtual Result<void> set_forwarding(const std::string& account, const Forwarding& wanted, const Change& by) = 0;
    virtual Result<void> set_auto_reply(const std::string& account, const std::optional<AutoReply>& wanted,
                                        const Change& by) = 0;
    virtual Result<void> set_account_quota(const std::string& account, const std::optional<Quota>& wanted,
                                           const Change& by) = 0;
    /// For every account of it that has none of its own.
    virtual Result<void> set_domain_quota(const std::string& domain, const std::optional<Quota>& wanted,
                                          const Change& by) = 0;
    virtual Result<void> set_tenant_rules(const std::string& tenant, const TenantRules& wanted, const Change& by) = 0;

    // Not blocking for long (memory).
    /// Errors: not_found.
    virtual Result<EffectiveQuota> quota_of(std::int64_t account) = 0;
    virtual std::optional<Quota> domain_quota(std::int64_t domain) = 0;
    virtual TenantRules tenant_rules(std::int64_t tenant) = 0;
    /// After the server's setting.
    virtual bool may_leave(std::int64_t tenant) = 0;
};

/// Texts of a reply that cannot start a header field of their own, and times in order.
Result<void> check_auto_reply(const AutoReply& wanted);

}  // namespace restante::directory
