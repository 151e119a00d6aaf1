// Sessions of the console.
#include "admin/authenticate.hpp"
#include "admin/parts.hpp"
#include "admin/resources.hpp"

namespace restante::admin {
namespace {

json::object write_principal(const Principal& who, const std::string& csrf) {
    json::object out{{"name", who.name}, {"administrator", who.administrator}, {"tenant_id", id_or_null(who.tenant)}};
    if (!csrf.empty()) out["csrf_token"] = csrf;
    return out;
}

std::string cookie(const std::string& value, std::int64_t max_age, bool secure) {
    return std::string(kSessionCookie) + "=" + value + "; Path=/; Max-Age=" + std::to_string(max_age) +
           "; HttpOnly; SameSite=Strict" + (secure ? "; Secure" : "");
}

Result<Response> log_in(Parts& parts, const Request& request) {
    auto login = parts.directory.verify(*get_string(request.json, "name"), *get_string(request.json, "password"));
    if (!login) return fail(std::move(login.error()));
    if (login->kind != directory::Login::Kind::tenant)
        return fail(ErrorKind::denied, "POP accounts have no access here; log in as a tenant");
    auto made = parts.credentials.create_session(*login);
    if (!made) return fail(std::move(made.error()));
    Principal who;
    who.name = login->name;
    who.tenant = login->tenant_id;
    who.administrator = login->administrator;
    Response out = Response::of(write_principal(who, made->session.csrf), 201);
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(made->session.expires_at - parts.clock.now());
    out.headers.emplace_back("Set-Cookie", cookie(made->cookie, left.count(), request.tls));
    return out;
}

Result<Response> who_am_i(Parts& parts, const Request& request) {
    auto session = parts.credentials.session_with_id(request.principal.session);
    if (!session) return fail(std::move(session.error()));
    return Response::of(write_principal(request.principal, *session ? (*session)->csrf : ""));
}

Result<Response> log_out(Parts& parts, const Request& request) {
    if (auto done = parts.credentials.end_session(request.principal.session); !done)
        return fail(std::move(done.error()));
    Response out = Response::no_content();
    out.headers.emplace_back("Set-Cookie", cookie("", 0, request.tls));
    return out;
}

void declare_session(Schemas& schemas) {
    schemas.add({"Login",
                 "A tenant's name and password.",
                 {field("name", Type::string).required().length(1, 320),
                  field("password", Type::string).required().length(0, 1024)}});
    schemas.add(
        {"Principal",
         "Who asks.",
         {field("name", Type::string).required().about("A tenant, token:LABEL, or local:UID on the unix socket"),
          field("administrator", Type::boolean).required(), field("tenant_id", Type::id).required().nullable(),
          field("csrf_token", Type::string)
              .about("Sessions: send it as X-CSRF-Token with everything that is not a GET")}});
}

}  // namespace

Group session_group() {
    return {"session",
            declare_session,
            {{"POST",
              "/session",
              "logIn",
              "Log in as a tenant; sets the session cookie",
              Access::open,
              {},
              "Login",
              "Principal",
              201,
              log_in},
             {"GET", "/session", "whoAmI", "Who am I", Access::authenticated, {}, {}, "Principal", 200, who_am_i},
             {"DELETE", "/session", "logOut", "End the session", Access::authenticated, {}, {}, {}, 204, log_out}}};
}

}  // namespace restante::admin
