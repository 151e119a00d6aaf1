#pragma once
// What a mailing list makes of a message: whether it takes it, and the header of the copies. Pure.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "directory/mailing_lists.hpp"
#include "message/envelope.hpp"
#include "message/message.hpp"

namespace restante::mda {

struct Post {
    const message::Envelope& envelope;
    const message::Message& message;  // of the header at least
    std::uint64_t octets = 0;
};

/// Errors: denied (the writer may not, or it is a bounce or an automatic reply), too_large, protocol (it has been
/// through this list before).
Result<void> check_post(const directory::ListView& view, const Post& post);

/// RFC 2919 2: what stands in List-Id.
std::string list_id(const directory::MailingList& list);
/// NAME-owner@domain
std::string owner_address(const directory::MailingList& list);
/// NAME-bounces@domain, NAME-bounces+TOKEN@domain
message::Address bounce_address(const directory::MailingList& list, const std::string& token);

/// List-Id, List-Post, List-Help, List-Owner, List-Unsubscribe, List-Unsubscribe-Post (RFC 2369, 2919, 8058),
/// Precedence, Sender: each with CRLF.
std::string list_fields(const directory::MailingList& list);

/// Where the fields stand that a list replaces, or that would tell on its members: [begin, end) with their folds and
/// line ends, ascending. header: from the message's start.
std::vector<std::pair<std::size_t, std::size_t>> replaced_fields(std::string_view header);

}  // namespace restante::mda
