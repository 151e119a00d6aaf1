#pragma once
// Parts of one delivery, apart from who calls them.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "directory/directory.hpp"
#include "mailauth/srs.hpp"
#include "mda/mda.hpp"

namespace restante::mda {

/// What is behind all recipients, each maildrop and each address once.
struct Expansion {
    std::vector<store::MaildropId> maildrops;
    std::vector<message::Recipient> remote;  // outside this server
    bool discard = false;                    // someone's mail goes to /dev/null
    std::vector<std::int64_t> lists;         // mailing lists, each once
    std::vector<std::int64_t> answering;     // accounts with an automatic reply
    std::vector<directory::Route> limited;   // those with a quota among their accounts
    struct Bounce {
        std::int64_t list = 0;
        std::string token;
    };
    std::vector<Bounce> bounces;  // to lists
    std::vector<message::Recipient> receipts;  // who are here, and whose sender wants to hear that they have it
    std::size_t left = 0;         // recipients that are still there
    Error last_error;             // of the last one that is not

    /// Is there more to do than to hand over?
    bool plain() const {
        return lists.empty() && answering.empty() && limited.empty() && bounces.empty() && receipts.empty();
    }
};
/// What may lead outside this server: nothing, aliases of ours, any address.
enum class Reach { local, aliases, anywhere };

/// What addresses are looked up in.
struct Addressing {
    directory::Directory& directory;
    const mailauth::Srs* srs = nullptr;  // null: no address of ours stands for one elsewhere
    Timestamp now{};
};

Expansion expand(const Addressing& addressing, const message::Envelope& envelope, Reach reach);

/// Errors as Directory::route; unsupported for an address that leads outside this server and may not.
Result<directory::Route> route_of(const Addressing& addressing, const message::Address& recipient, Reach reach);

/// The reverse-path of what is forwarded: an address of ours from which a bounce finds back. The sender as it is if it
/// is ours already, the null one, or cannot be rewritten.
std::optional<message::Address> forwarding_path(const Addressing& addressing, const message::Envelope& envelope);

/// Looks at the header. Errors: protocol (mail loop), io of the draft. A Return-Path of an earlier hop is taken out
/// (RFC 5321 4.4), by copying the draft, when `remove_return_path` is set.
Result<std::unique_ptr<store::Draft>> admit(std::unique_ptr<store::Draft> draft, store::MessageStore& store,
                                            bool remove_return_path, const Limits& limits);

/// Return-Path (not for fetched mail, which has the true one), Delivered-To for a single recipient, the trace.
std::string prefix_of(const message::Envelope& envelope, const Origin& origin);

/// Appends octets [begin, end) of `from`.
Result<void> copy(store::Draft& from, store::Draft& to, std::uint64_t begin, std::uint64_t end);
/// A second draft with the same bytes.
Result<std::unique_ptr<store::Draft>> copy_of(store::Draft& draft, store::MessageStore& store);

/// At most `most` octets of the draft.
Result<std::string> read_head(store::Draft& draft, std::size_t most);

}  // namespace restante::mda
