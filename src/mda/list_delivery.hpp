#pragma once
// From one message to the copies its mailing lists send.
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "directory/directory.hpp"
#include "mda/account_rules.hpp"
#include "mda/bounce_tokens.hpp"
#include "mda/mda.hpp"
#include "mda/outbound.hpp"
#include "message/message.hpp"

namespace restante::mda {

/// One stored text, for maildrops here and recipients elsewhere.
struct Copy {
    std::unique_ptr<store::Draft> draft;  // null: nothing for maildrops here
    store::Delivery delivery{};
    std::vector<Outbound::Mail> out{};
};

/// What is known of the message when it is expanded.
struct Incoming {
    const message::Envelope& envelope;
    const Origin& origin;
    store::Draft& draft;
    const message::Message& message;
    std::string_view header;  // all of it
    Timestamp now{};
};

/// Blocking; for one message.
class ListDelivery {
public:
    struct Parts {
        directory::Directory& directory;
        store::MessageStore& store;
        Outbound* outbound;   // may be null
        AccountRules* rules;  // may be null
        const BounceTokens& tokens;
        Log& log;
        std::size_t verp_limit;  // see Limits
    };
    ListDelivery(const Parts& parts, const Incoming& incoming) : parts_(parts), incoming_(incoming) {}

    /// The copies of a list and of the lists among its members, each list once in this object's life. Errors: as
    /// check_post for the first list; io, no_space. An empty list gives none.
    Result<void> expand(std::int64_t list, std::vector<Copy>& copies);

private:
    struct Targets {
        std::vector<store::MaildropId> maildrops;
        struct Remote {
            std::int64_t member = 0;
            message::Address address;
        };
        std::vector<Remote> remote;
        std::vector<std::int64_t> lists;
    };
    Targets targets_of(const directory::ListView& view);
    void add_local(const directory::ListView& view, const directory::ListMember& member,
                   const message::Address& address, Targets& targets);
    Result<std::unique_ptr<store::Draft>> body();
    Result<Copy> copy_for(const directory::ListView& view, Targets targets);
    Result<void> add_remote(const directory::ListView& view, const Targets& targets, const std::string& fields,
                            Copy& copy);
    Result<Outbound::Mail> mail_to(const directory::ListView& view, std::int64_t member, const std::string& fields);

    const Parts parts_;
    const Incoming& incoming_;
    std::set<std::int64_t> seen_;
};

/// A mail to a list's bounce address: counts against the members it names. Blocking. Errors: denied (it was not made
/// here, or is no bounce), as Directory::note_bounce for trouble with the database.
Result<void> take_bounce(directory::Directory& directory, const BounceTokens& tokens, const Incoming& incoming,
                         std::string_view bytes, std::int64_t list, const std::string& token, Log& log);

}  // namespace restante::mda
