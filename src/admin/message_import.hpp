#pragma once
// Moving mail in: one request brings the messages of one account, whatever their number and size.
//
// The body (media type kMessages) is a row of messages, each a line with a JSON object, ended by LF, and then as many
// octets as it says:
//   {"delivery_id":"...","uidl":"...","received_at":"...","octets":1234}
// delivery_id makes a repetition harmless: the same one again for the same account stores nothing. uidl and received_at
// may be left out. Line ends are made CRLF; nothing else is changed.
#include "admin/parts.hpp"
#include "admin/router.hpp"

namespace restante::admin {

inline constexpr const char* kMessages = "application/vnd.restante.messages";

/// The schemas must be declared already (maildrop_group).
void add_message_import(Router& router, Parts& parts);

}  // namespace restante::admin
