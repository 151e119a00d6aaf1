#pragma once
// Parts of one delivery, apart from who calls them.
#include <memory>
#include <string>
#include <vector>

#include "directory/directory.hpp"
#include "mda/mda.hpp"

namespace restante::mda {

/// What is behind all recipients, each maildrop and each address once.
struct Expansion {
    std::vector<store::MaildropId> maildrops;
    std::vector<message::Recipient> remote;  // outside this server
    bool discard = false;                    // someone's mail goes to /dev/null
    std::size_t left = 0;                    // recipients that are still there
    Error last_error;                        // of the last one that is not
};
/// What may lead outside this server: nothing, aliases of ours, any address.
enum class Reach { local, aliases, anywhere };

Expansion expand(directory::Directory& directory, const message::Envelope& envelope, Reach reach);

/// Errors as Directory::route; unsupported for an address that leads outside this server and may not.
Result<directory::Route> route_of(directory::Directory& directory, const message::Address& recipient, Reach reach);

/// Looks at the header. Errors: protocol (mail loop), io of the draft. A Return-Path of an earlier hop is taken out
/// (RFC 5321 4.4), by copying the draft, when `remove_return_path` is set.
Result<std::unique_ptr<store::Draft>> admit(std::unique_ptr<store::Draft> draft, store::MessageStore& store,
                                            bool remove_return_path, const Options& options);

/// Return-Path (not for fetched mail, which has the true one), Delivered-To for a single recipient, the trace.
std::string prefix_of(const message::Envelope& envelope, const Origin& origin);

/// A second draft with the same bytes.
Result<std::unique_ptr<store::Draft>> copy_of(store::Draft& draft, store::MessageStore& store);

/// At most `most` octets of the draft.
Result<std::string> read_head(store::Draft& draft, std::size_t most);

}  // namespace restante::mda
