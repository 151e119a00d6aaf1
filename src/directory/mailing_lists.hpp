#pragma once
// Mailing lists: a name of the server, a domain, members, and who may write to them.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "directory/change.hpp"

namespace restante::directory {

/// Who may write to a list. Its owners always may.
enum class Posting { members, anyone, owners, named };
const char* to_string(Posting posting);
std::optional<Posting> posting_named(std::string_view name);

struct ListSettings {
    std::string description;             // one line of UTF-8, for List-Id
    Posting posting = Posting::members;  // S5.27
    std::vector<std::string> owners;     // addresses; mail to NAME-owner@ goes to them, to postmaster if there are none
    std::vector<std::string> posters;    // addresses, for Posting::named
    std::uint64_t max_octets = 0;        // of one message; 0: as the service takes
    std::uint32_t bounce_limit = 5;      // days with bounces until a member is suspended; 0: never
    std::string unsubscribe_url;         // https; empty: none

    bool operator==(const ListSettings&) const = default;
};

struct MailingList {
    std::int64_t id = 0;
    std::int64_t tenant_id = 0;
    std::int64_t domain_id = 0;
    std::string name;     // unique over the whole server (S5.29)
    std::string address;  // name@domain
    ListSettings settings;
    std::size_t members = 0;    // with those suspended
    std::size_t suspended = 0;  // get no mail for now
};

struct ListMember {
    std::int64_t id = 0;
    std::string address;        // full, in lower case (S5.26)
    std::uint32_t bounces = 0;  // days with one, lately
    std::optional<Timestamp> bounced_at{};
    std::string last_bounce{};  // what it said
    std::optional<Timestamp> suspended_at{};
};

/// What a delivery needs; never changes.
struct ListView {
    MailingList list;
    std::vector<ListMember> members;  // by address

    const ListMember* member(std::string_view address) const;
    /// May whoever writes from there? Addresses as directory::address_key makes them.
    bool may_post(std::string_view address) const;
};

/// Members of a list above which it gets slow to keep by hand; told, not refused (S5.28).
inline constexpr std::size_t kManyMembers = 500;

/// Part of Directory; threads and errors as there.
class MailingLists {
public:
    virtual ~MailingLists() = default;

    struct MemberChange {
        std::size_t added = 0, removed = 0, members = 0;
    };
    struct BounceCount {
        std::uint32_t bounces = 0;
        bool suspended = false;  // by this one
    };

    // Mutations. Blocking.
    virtual Result<MailingList> create_list(const std::string& name, const std::string& domain,
                                            const ListSettings& settings, const Change& by) = 0;
    virtual Result<MailingList> change_list(const std::string& name, const ListSettings& settings,
                                            const Change& by) = 0;
    /// Aliases that lead only to it go too.
    virtual Result<void> delete_list(const std::string& name, const Change& by) = 0;
    /// These and no others. Errors: invalid with "line N: ..." for what is no full address.
    virtual Result<MemberChange> put_members(const std::string& name, const std::vector<std::string>& addresses,
                                             const Change& by) = 0;
    virtual Result<MemberChange> add_members(const std::string& name, const std::vector<std::string>& addresses,
                                             const Change& by) = 0;
    /// Errors also: not_found for one that is no member; nothing is removed then.
    virtual Result<MemberChange> remove_members(const std::string& name, const std::vector<std::string>& addresses,
                                                const Change& by) = 0;
    /// Lets a suspended member get mail again, and forgets its bounces.
    virtual Result<void> resume_member(const std::string& name, const std::string& address, const Change& by) = 0;
    /// A mail of the list to this member came back. At most one a day counts; a month without one forgets them.
    virtual Result<BounceCount> note_bounce(std::int64_t list, std::int64_t member, const std::string& detail) = 0;

    // Not blocking for long (memory).
    virtual std::vector<MailingList> lists(const std::string& domain_or_empty) = 0;
    /// By name or address; null: none.
    virtual std::shared_ptr<const ListView> list_named(const std::string& name_or_address) = 0;
    virtual std::shared_ptr<const ListView> list_by_id(std::int64_t id) = 0;
};

}  // namespace restante::directory
