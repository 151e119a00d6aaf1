// Who may send as other addresses, and who still sends by POP-before-SMTP.
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {

json::object write_grant(const directory::SendAsGrant& grant) {
    return {{"account", grant.account},
            {"address", grant.address},
            {"granted_at", to_rfc3339(grant.granted_at)},
            {"granted_by", grant.granted_by}};
}
std::string key_of(const directory::SendAsGrant& grant) { return grant.account + " " + grant.address; }

json::object write_use(const directory::PopUse& use) {
    return {{"account", use.account},
            {"messages", use.messages},
            {"first_at", to_rfc3339(use.first_at)},
            {"last_at", to_rfc3339(use.last_at)},
            {"last_from", use.last_from}};
}

Result<Response> list_grants(Parts& parts, const Request& request) {
    auto all = parts.send_as->list();
    if (!all) return fail(std::move(all.error()));
    return page_from(*all, page_in(request), write_grant, key_of);
}

Result<Response> add_grant(Parts& parts, const Request& request) {
    const auto account = parts.directory.account(*get_string(request.json, "account"));
    if (!account) return at_field("account", account.error());
    auto granted = parts.send_as->grant(account->name, *get_string(request.json, "address"), request.principal.name);
    if (!granted) return at_field("address", std::move(granted.error()));
    return Response::of(write_grant(*granted), 201);
}

Result<Response> remove_grant(Parts& parts, const Request& request) {
    return nothing(
        parts.send_as->revoke(request.path_value("account"), request.path_value("address"), request.principal.name));
}

Result<Response> list_pop_uses(Parts& parts, const Request& request) {
    auto all = parts.pop_uses->list();
    if (!all) return fail(std::move(all.error()));
    return page_from(*all, page_in(request), write_use, [](const directory::PopUse& use) { return use.account; });
}

void declare_sender(Schemas& schemas) {
    schemas.add({"SendAsGrant",
                 "An account may send as an address that is not its own.",
                 {field("account", Type::string).required(), field("address", Type::string).required(),
                  field("granted_at", Type::timestamp).required(), field("granted_by", Type::string).required()}});
    schemas.add({"SendAsAdd",
                 "A grant.",
                 {field("account", Type::string).required().length(1, 320),
                  field("address", Type::string)
                      .required()
                      .length(2, 320)
                      .about("sales@example.net, or @example.net for every address of that domain")}});
    schemas.add({"PopBeforeSmtpUse",
                 "An account that has sent without a login of its own, after one to POP3.",
                 {field("account", Type::string).required(), field("messages", Type::integer).required(),
                  field("first_at", Type::timestamp).required(), field("last_at", Type::timestamp).required(),
                  field("last_from", Type::string).required()}});
    declare_page(schemas, "SendAsGrant");
    declare_page(schemas, "PopBeforeSmtpUse");
}

}  // namespace

Group sender_group() {
    Operation list{"GET", "/send-as", "listSendAs", "List who may send as other addresses"};
    list.query = paged();
    list.response = "SendAsGrantPage";
    list.function = list_grants;
    Operation add{"POST", "/send-as", "grantSendAs", "Let an account send as an address that is not its own"};
    add.request = "SendAsAdd";
    add.response = "SendAsGrant";
    add.status = 201;
    add.function = add_grant;
    Operation remove{"DELETE", "/send-as/{account}/{address}", "revokeSendAs", "Take such a grant back"};
    remove.status = 204;
    remove.function = remove_grant;
    Operation uses{"GET", "/pop-before-smtp", "listPopBeforeSmtp", "List who still sends after a POP3 login only"};
    uses.query = paged();
    uses.response = "PopBeforeSmtpUsePage";
    uses.function = list_pop_uses;
    return {"senders", declare_sender, {std::move(list), std::move(add), std::move(remove), std::move(uses)}};
}

}  // namespace restante::admin
