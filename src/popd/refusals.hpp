#pragma once
// What a POP3 client is told when this service refuses: every such text is here (the machine's own are in
// pop3/reply.hpp).
#include "base/result.hpp"
#include "pop3/reply.hpp"

namespace restante::popd {

/// Sent instead of a greeting.
extern const char* const too_many_connections;
/// Sent when the server stops, or when the session ended by a fault of the server's.
extern const char* const shutting_down;
extern const char* const internal_fault;

/// The same for an unknown user, a wrong password and a malformed SASL message: RFC 3206 [AUTH].
pop3::Refusal refuse_credentials();
pop3::Refusal refuse_login(const Error& error);
/// The password was right, but the account may not use POP3.
pop3::Refusal refuse_disabled_protocol();
pop3::Refusal refuse_maildrop(const Error& error);
pop3::Refusal refuse_message(const Error& error);
pop3::Refusal refuse_deletes(const Error& error);
pop3::Refusal refuse_another_session();
pop3::Refusal refuse_login_so_soon();

}  // namespace restante::popd
