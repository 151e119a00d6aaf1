// Keys that domains sign their mail with.
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "mailauth/dkim_keys.hpp"

namespace restante::admin {
namespace {

using Keys = Result<std::vector<mailauth::DkimKey>>;

std::string advice_for(mailauth::DkimKey::State state) {
    using State = mailauth::DkimKey::State;
    if (state == State::pending) return "publish the record in the domain's zone; the key signs once it is activated";
    if (state == State::retired) return "leave the record for a week, then take it out of the zone and remove the key";
    return "";
}

json::object write_key(const mailauth::DkimKey& key) {
    return {{"domain", key.domain},
            {"selector", key.selector},
            {"type", to_string(key.type)},
            {"bits", key.bits},
            {"state", to_string(key.state)},
            {"record_name", key.record_name},
            {"record", key.record},
            {"created_at", to_rfc3339(key.created_at)},
            {"activated_at", time_or_null(key.activated_at)},
            {"retired_at", time_or_null(key.retired_at)},
            {"advice", advice_for(key.state)}};
}

Response written(const std::vector<mailauth::DkimKey>& keys, int status = 200) {
    json::array items;
    for (const mailauth::DkimKey& key : keys) items.push_back(write_key(key));
    return Response::of({{"items", std::move(items)}}, status);
}

/// Looks the domain up, then does it.
template <class Do>
Result<Response> with_domain(Parts& parts, const Request& request, int status, Do perform) {
    auto domain = own_domain(parts, request, request.path_value("name"));
    if (!domain) return fail(std::move(domain.error()));
    Keys keys = perform(domain->name, request.principal.name);
    if (!keys) return fail(std::move(keys.error()));
    return written(*keys, status);
}

Result<Response> list_keys(Parts& parts, const Request& request) {
    return with_domain(parts, request, 200, [&](const auto& domain, const auto&) { return parts.dkim->list(domain); });
}
Result<Response> add_keys(Parts& parts, const Request& request) {
    return with_domain(parts, request, 201,
                       [&](const auto& domain, const auto& actor) { return parts.dkim->add(domain, actor); });
}
Result<Response> rotate_keys(Parts& parts, const Request& request) {
    return with_domain(parts, request, 201,
                       [&](const auto& domain, const auto& actor) { return parts.dkim->rotate(domain, actor); });
}
Result<Response> activate_keys(Parts& parts, const Request& request) {
    return with_domain(parts, request, 200,
                       [&](const auto& domain, const auto& actor) { return parts.dkim->activate(domain, actor); });
}

Result<Response> remove_key(Parts& parts, const Request& request) {
    auto domain = own_domain(parts, request, request.path_value("name"));
    if (!domain) return fail(std::move(domain.error()));
    return nothing(parts.dkim->remove(domain->name, request.path_value("selector"), request.principal.name));
}

void declare_dkim(Schemas& schemas) {
    schemas.add(
        {"DkimKey",
         "A key that mail of a domain is signed with.",
         {field("domain", Type::string).required(), field("selector", Type::string).required(),
          field("type", Type::string).required().one_of({"rsa", "ed25519"}), field("bits", Type::integer).required(),
          field("state", Type::string).required().one_of({"pending", "active", "retired"}),
          field("record_name", Type::string).required().about("Where the zone has to show the record"),
          field("record", Type::string).required().about("Content of that TXT record"),
          field("created_at", Type::timestamp).required(), field("activated_at", Type::timestamp).required().nullable(),
          field("retired_at", Type::timestamp).required().nullable(),
          field("advice", Type::string).required().about("What is to be done, if anything")}});
    schemas.add(
        {"DkimKeys", "The keys of a domain, newest first.", {object_array_field("items", "DkimKey").required()}});
}

Operation dkim_operation(const char* method, const char* path, const char* id, const char* summary, const char* response,
                    int status, Result<Response> (*function)(Parts&, const Request&)) {
    return {method, path, id, summary, Access::authenticated, {}, {}, response, status, function};
}

}  // namespace

Group dkim_group() {
    return {"dkim keys",
            declare_dkim,
            {dkim_operation("GET", "/domains/{name}/dkim", "listDkimKeys", "List a domain's DKIM keys", "DkimKeys", 200,
                       list_keys),
             dkim_operation("POST", "/domains/{name}/dkim", "addDkimKeys",
                       "Make a domain's first DKIM keys, of both kinds; they are pending", "DkimKeys", 201, add_keys),
             dkim_operation("POST", "/domains/{name}/dkim/rotate", "rotateDkimKeys",
                       "Make new keys; those in use sign on until the new ones are activated", "DkimKeys", 201,
                       rotate_keys),
             dkim_operation("POST", "/domains/{name}/dkim/activate", "activateDkimKeys",
                       "Sign with the pending keys from now on", "DkimKeys", 200, activate_keys),
             dkim_operation("DELETE", "/domains/{name}/dkim/{selector}", "removeDkimKey", "Remove a DKIM key", "", 204,
                       remove_key)}};
}

}  // namespace restante::admin
