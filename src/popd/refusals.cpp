#include "popd/refusals.hpp"

namespace restante::popd {
namespace {
using pop3::Refusal;
using pop3::ResponseCode;

/// RFC 3206: what a person has to look at is permanent, all else passes.
Refusal by_kind(const Error& error, Refusal temporary, Refusal permanent) {
    switch (error.kind) {
        case ErrorKind::corrupt:
        case ErrorKind::newer_version:
        case ErrorKind::internal:
            return permanent;
        default:
            return temporary;
    }
}
}  // namespace

const char* const too_many_connections = "-ERR [SYS/TEMP] Too many connections, try again later\r\n";
const char* const shutting_down = "-ERR [SYS/TEMP] Server is shutting down, nothing was deleted\r\n";
const char* const internal_fault = "-ERR [SYS/TEMP] Internal fault, nothing was deleted\r\n";

Refusal refuse_credentials() { return {ResponseCode::auth, "Wrong user name or password"}; }

Refusal refuse_disabled_protocol() {
    return {ResponseCode::sys_perm, "POP3 is switched off for this account, ask the administrator"};
}

Refusal refuse_login(const Error& error) {
    if (error.kind == ErrorKind::unauthenticated) return refuse_credentials();
    if (error.kind == ErrorKind::busy)
        return {ResponseCode::sys_temp, "Too many wrong passwords lately, try again later"};
    return by_kind(error, {ResponseCode::sys_temp, "Logins cannot be checked now, try again later"},
                   {ResponseCode::sys_perm, "Logins cannot be checked, ask the administrator"});
}

Refusal refuse_another_session() { return {ResponseCode::in_use, "Too many sessions of this account"}; }

Refusal refuse_login_so_soon() {
    return {ResponseCode::login_delay, "Your last login was a moment ago, try again later"};
}

Refusal refuse_maildrop(const Error& error) {
    if (error.kind == ErrorKind::busy) return {ResponseCode::in_use, "Maildrop is in use by another session"};
    return by_kind(error, {ResponseCode::sys_temp, "Maildrop cannot be opened now, try again later"},
                   {ResponseCode::sys_perm, "Maildrop cannot be opened, ask the administrator"});
}

Refusal refuse_message(const Error& error) {
    return by_kind(error, {ResponseCode::sys_temp, "Message cannot be read now, try again later"},
                   {ResponseCode::sys_perm, "Message cannot be read, ask the administrator"});
}

Refusal refuse_deletes(const Error& error) {
    return by_kind(error, {ResponseCode::sys_temp, "Nothing was deleted, try again later"},
                   {ResponseCode::sys_perm, "Nothing was deleted, ask the administrator"});
}

}  // namespace restante::popd
