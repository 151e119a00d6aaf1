#include "admin/authenticate.hpp"

#include <unistd.h>

#include "admin/parts.hpp"
#include "base/random.hpp"

namespace restante::admin {
namespace {

Result<directory::Tenant> tenant_with(Parts& parts, std::int64_t id) {
    auto all = parts.directory.tenants();
    if (!all) return fail(std::move(all.error()));
    for (directory::Tenant& tenant : *all)
        if (tenant.id == id) return std::move(tenant);
    return fail(ErrorKind::unauthenticated, "the tenant of these credentials is gone");
}

Result<Principal> by_token(Parts& parts, const std::string& secret) {
    auto token = parts.credentials.find_token(secret);
    if (!token) return fail(std::move(token.error()));
    if (!*token) return fail(ErrorKind::unauthenticated, "the token is unknown, revoked or expired");
    Principal who;
    who.name = "token:" + (*token)->label;
    who.session = (*token)->id;
    who.administrator = (*token)->tenant_id == 0;
    if (who.administrator) return who;
    auto tenant = tenant_with(parts, (*token)->tenant_id);
    if (!tenant) return fail(std::move(tenant.error()));
    who.name = tenant->name + "/" + who.name;
    who.tenant = tenant->id;
    who.administrator = tenant->administrator;
    return who;
}

Result<Principal> by_session(Parts& parts, const Request& request, const std::string& cookie) {
    auto session = parts.credentials.find_session(cookie);
    if (!session) return fail(std::move(session.error()));
    if (!*session) return fail(ErrorKind::unauthenticated, "the session has ended, log in again");
    auto tenant = tenant_with(parts, (*session)->tenant_id);
    if (!tenant) return fail(std::move(tenant.error()));
    // The cookie comes along with requests that other sites cause; this field they cannot set.
    if (request.method != "GET" && request.method != "HEAD" &&
        !constant_time_equal(request.header("X-CSRF-Token"), (*session)->csrf))
        return fail(ErrorKind::denied,
                    "the header X-CSRF-Token is missing or wrong; GET /api/v1/session shows the right one");
    Principal who;
    who.name = tenant->name;
    who.tenant = tenant->id;
    who.administrator = tenant->administrator;
    who.session = (*session)->id;
    return who;
}

}  // namespace

Result<Principal> authenticate(Parts& parts, const Request& request) {
    if (const std::string token(request.bearer()); !token.empty()) return by_token(parts, token);
    if (!request.header("Authorization").empty())
        return fail(ErrorKind::unauthenticated, "only Bearer tokens are taken");
    if (request.unix_user) {
        // The socket's file mode keeps others out; the kernel's word on who it is guards against a careless chmod.
        if (*request.unix_user != 0 && *request.unix_user != ::geteuid())
            return fail(ErrorKind::denied, "this socket is for root and the server's own user");
        Principal who;
        who.name = "local:" + std::to_string(*request.unix_user);
        who.administrator = true;
        return who;
    }
    if (const std::string cookie(request.cookie(kSessionCookie)); !cookie.empty())
        return by_session(parts, request, cookie);
    return fail(ErrorKind::unauthenticated, "send an API token or log in first");
}

}  // namespace restante::admin
