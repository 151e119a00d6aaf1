// API tokens.
#include "admin/parts.hpp"
#include "admin/resources.hpp"

namespace restante::admin {
namespace {

json::object write_token(const ApiToken& token) {
    return {{"id", id_json(token.id)},
            {"label", token.label},
            {"tenant_id", id_or_null(token.tenant_id)},
            {"created_at", to_rfc3339(token.created_at)},
            {"expires_at", time_or_null(token.expires_at)},
            {"last_used_at", time_or_null(token.last_used_at)}};
}

/// An administrator sees everybody's tokens, others their own.
std::optional<std::int64_t> whose(const Request& request) {
    if (request.principal.administrator) return std::nullopt;
    return request.principal.tenant;
}

Result<Response> list_tokens(Parts& parts, const Request& request) {
    auto page = work_page(request);
    if (!page) return fail(std::move(page.error()));
    auto rows = parts.credentials.tokens(whose(request));
    if (!rows) return fail(std::move(rows.error()));
    std::erase_if(*rows, [&](const ApiToken& token) { return token.id <= page->after; });
    return page_of(*rows, page->limit - 1, write_token, [](const auto& token) { return id_json(token.id); });
}

Result<Response> create_token(Parts& parts, const Request& request) {
    std::optional<Timestamp> expires_at;
    if (get_string(request.json, "expires_at")) {
        expires_at = time_in(request.json, "expires_at");
        if (!expires_at) return field_problem("expires_at", "is not a day and time that exists");
        if (*expires_at <= parts.clock.now()) return field_problem("expires_at", "is in the past");
    }
    auto made = parts.credentials.create_token(request.principal.tenant, *get_string(request.json, "label"), expires_at,
                                               request.principal.name);
    if (!made) return fail(std::move(made.error()));
    json::object out = write_token(made->token);
    out["token"] = made->secret;
    return Response::of(std::move(out), 201);
}

Result<Response> revoke_token(Parts& parts, const Request& request) {
    return nothing(parts.credentials.revoke_token(request.path_id("id"), whose(request), request.principal.name));
}

void declare_token(Schemas& schemas) {
    schemas.add({"TokenCreate",
                 "A new API token.",
                 {field("label", Type::string).required().length(1, 100).about("What the token is for"),
                  field("expires_at", Type::timestamp).nullable().about("Left out: until it is revoked")}});
    schemas.add(
        {"Token",
         "An API token: send its secret as Authorization: Bearer.",
         {field("id", Type::id).required(), field("label", Type::string).required(),
          field("tenant_id", Type::id).required().nullable().about("null: the server's own, an administrator"),
          field("created_at", Type::timestamp).required(), field("expires_at", Type::timestamp).required().nullable(),
          field("last_used_at", Type::timestamp).required().nullable().about("To the hour"),
          field("token", Type::string).about("The secret: shown once, in the answer to its creation")}});
    declare_page(schemas, "Token");
}

}  // namespace

Group token_group() {
    return {"tokens",
            declare_token,
            {{"GET",
              "/tokens",
              "listTokens",
              "List the API tokens",
              Access::authenticated,
              paged(),
              {},
              "TokenPage",
              200,
              list_tokens},
             {"POST",
              "/tokens",
              "createToken",
              "Create an API token; its secret is shown this once",
              Access::authenticated,
              {},
              "TokenCreate",
              "Token",
              201,
              create_token},
             {"DELETE",
              "/tokens/{id}",
              "revokeToken",
              "Revoke an API token",
              Access::authenticated,
              {},
              {},
              {},
              204,
              revoke_token}}};
}

}  // namespace restante::admin
