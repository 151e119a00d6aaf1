// Mailing lists.
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {
using directory::ListSettings;
using directory::ListView;
using directory::MailingList;
using ViewPtr = std::shared_ptr<const ListView>;

constexpr std::size_t kMaxNamed = 1000;
constexpr std::size_t kMaxMembers = 1'000'000;

json::array write_texts(const std::vector<std::string>& texts) {
    json::array out;
    for (const std::string& text : texts) out.emplace_back(text);
    return out;
}

json::object write_list(const MailingList& list) {
    const ListSettings& settings = list.settings;
    const bool many = list.members > directory::kManyMembers;
    return {{"id", id_json(list.id)},
            {"name", list.name},
            {"address", list.address},
            {"description", settings.description},
            {"posting", directory::to_string(settings.posting)},
            {"owners", write_texts(settings.owners)},
            {"posters", write_texts(settings.posters)},
            {"max_octets", settings.max_octets},
            {"bounce_limit", settings.bounce_limit},
            {"unsubscribe_url", settings.unsubscribe_url},
            {"members", list.members},
            {"suspended", list.suspended},
            {"advice", many ? "More than 500 members: a list manager would let people come and go by themselves" : ""}};
}

json::object write_list_member(const directory::ListMember& member) {
    return {{"address", member.address},
            {"bounces", member.bounces},
            {"bounced_at", time_or_null(member.bounced_at)},
            {"last_bounce", member.last_bounce},
            {"suspended_at", time_or_null(member.suspended_at)}};
}

/// not_found also for one of another tenant.
Result<ViewPtr> own_list(Parts& parts, const Request& request) {
    const std::string& name = request.path_value("name");
    auto view = parts.directory.list_named(name);
    if (view && may_see(request, view->list.tenant_id)) return view;
    return fail(ErrorKind::not_found, "no list named " + escape_for_log(name, 80));
}

std::vector<std::string> texts_in(const json::value& array) {
    std::vector<std::string> out;
    for (const json::value& one : array.as_array()) out.emplace_back(one.as_string());
    return out;
}

void read_settings(const json::object& body, ListSettings& settings) {
    if (auto text = get_string(body, "description")) settings.description = std::move(*text);
    if (const auto word = get_string(body, "posting"))
        settings.posting = directory::posting_named(*word).value_or(settings.posting);
    if (const auto* owners = body.if_contains("owners")) settings.owners = texts_in(*owners);
    if (const auto* posters = body.if_contains("posters")) settings.posters = texts_in(*posters);
    if (const auto octets = get_integer(body, "max_octets")) settings.max_octets = static_cast<std::uint64_t>(*octets);
    if (const auto limit = get_integer(body, "bounce_limit"))
        settings.bounce_limit = static_cast<std::uint32_t>(*limit);
    if (auto url = get_string(body, "unsubscribe_url")) settings.unsubscribe_url = std::move(*url);
}

Result<Response> list_lists(Parts& parts, const Request& request) {
    auto all = parts.directory.lists(request.query_value("domain").value_or(""));
    std::erase_if(all, [&](const auto& list) { return !may_see(request, list.tenant_id); });
    return page_from(all, page_in(request), write_list, [](const auto& list) { return list.name; });
}

Result<Response> create_list(Parts& parts, const Request& request) {
    auto domain = own_domain(parts, request, *get_string(request.json, "domain"));
    if (!domain) return at_field("domain", std::move(domain.error()));
    ListSettings settings;
    read_settings(request.json, settings);
    return answer(parts.directory.create_list(*get_string(request.json, "name"), domain->name, settings,
                                              {request.principal.name}),
                  write_list, 201);
}

Result<Response> show_list(Parts& parts, const Request& request) {
    return answer(own_list(parts, request), [](const ViewPtr& view) { return write_list(view->list); });
}

Result<Response> change_list(Parts& parts, const Request& request) {
    auto view = own_list(parts, request);
    if (!view) return fail(std::move(view.error()));
    ListSettings settings = (*view)->list.settings;
    read_settings(request.json, settings);
    return answer(parts.directory.change_list((*view)->list.name, settings, {request.principal.name}), write_list);
}

Result<Response> delete_list(Parts& parts, const Request& request) {
    auto view = own_list(parts, request);
    if (!view) return fail(std::move(view.error()));
    return nothing(parts.directory.delete_list((*view)->list.name, {request.principal.name}));
}

Result<Response> list_members(Parts& parts, const Request& request) {
    auto view = own_list(parts, request);
    if (!view) return fail(std::move(view.error()));
    return page_from((*view)->members, page_in(request), write_list_member,
                     [](const auto& member) { return member.address; });
}

using Change = Result<directory::MailingLists::MemberChange> (directory::MailingLists::*)(
    const std::string&, const std::vector<std::string>&, const directory::Change&);

Result<Response> change_members(Parts& parts, const Request& request, Change change) {
    auto view = own_list(parts, request);
    if (!view) return fail(std::move(view.error()));
    const json::value* members = request.json.if_contains("members");
    const auto text = get_string(request.json, "text");
    if ((members != nullptr) == text.has_value())
        return field_problem("members", "name members, or give a text, not both");
    std::vector<std::string> addresses;
    if (members != nullptr) addresses = texts_in(*members);
    if (text)
        for (const std::string_view line : split(*text, '\n')) addresses.emplace_back(line);
    auto done = (parts.directory.*change)((*view)->list.name, addresses, {request.principal.name});
    if (!done) return at_field(text ? "text" : "members", std::move(done.error()));
    return Response::of(json::object{{"added", done->added}, {"removed", done->removed}, {"members", done->members}});
}

Result<Response> put_members(Parts& parts, const Request& request) {
    return change_members(parts, request, &directory::MailingLists::put_members);
}
Result<Response> add_members(Parts& parts, const Request& request) {
    return change_members(parts, request, &directory::MailingLists::add_members);
}
Result<Response> remove_members(Parts& parts, const Request& request) {
    return change_members(parts, request, &directory::MailingLists::remove_members);
}

Result<Response> resume_member(Parts& parts, const Request& request) {
    auto view = own_list(parts, request);
    if (!view) return fail(std::move(view.error()));
    return nothing(
        parts.directory.resume_member((*view)->list.name, request.path_value("address"), {request.principal.name}));
}

std::vector<Field> list_settings_fields() {
    return {
        field("description", Type::string).length(0, 256).about("Shown in List-Id"),
        field("posting", Type::string)
            .one_of({"members", "anyone", "owners", "named"})
            .about("Who may write to the list beside its owners"),
        array_field("owners", Type::string).length(0, kMaxNamed).about("Addresses; NAME-owner@ leads to them"),
        array_field("posters", Type::string).length(0, kMaxNamed).about("Addresses that may write, with posting named"),
        field("max_octets", Type::integer).range(0, 1LL << 40).about("Of one message; 0: as the server takes"),
        field("bounce_limit", Type::integer)
            .range(0, 1'000'000)
            .about("Days with bounces after which a member gets no more mail; 0: never"),
        field("unsubscribe_url", Type::string).length(0, 500).about("https URL for one-click (RFC 8058); empty: none")};
}

void declare_list(Schemas& schemas) {
    std::vector<Field> shown{field("id", Type::id).required(), field("name", Type::string).required(),
                             field("address", Type::string).required()};
    std::vector<Field> wanted{
        field("name", Type::string).required().length(1, 64).about("Unique over the whole server"),
        field("domain", Type::string).required().length(1, 255)};
    for (Field& one : list_settings_fields()) {
        wanted.push_back(one);
        shown.push_back(std::move(one).required());
    }
    shown.push_back(field("members", Type::integer).required());
    shown.push_back(field("suspended", Type::integer).required().about("Members that get no mail, as it came back"));
    shown.push_back(field("advice", Type::string).required().about("What is to be thought about, if anything"));
    schemas.add({"MailingList", "A mailing list.", std::move(shown)});
    schemas.add({"MailingListCreate", "A new list.", std::move(wanted)});
    schemas.add({"MailingListPatch", "What shall change.", list_settings_fields()});
    schemas.add({"ListMember",
                 "A member of a list.",
                 {field("address", Type::string).required(),
                  field("bounces", Type::integer).required().about("Days on which mail to it came back, lately"),
                  field("bounced_at", Type::timestamp).required().nullable(),
                  field("last_bounce", Type::string).required().about("What it said"),
                  field("suspended_at", Type::timestamp).required().nullable().about("Since when it gets no mail")}});
    schemas.add(
        {"ListMembers",
         "Full addresses.",
         {array_field("members", Type::string).length(0, kMaxMembers),
          field("text", Type::string).length(0, 64 << 20).about("Instead: one address a line; # starts a remark")}});
    schemas.add({"ListMemberChange",
                 "What became of the members.",
                 {field("added", Type::integer).required(), field("removed", Type::integer).required(),
                  field("members", Type::integer).required().about("There are now")}});
    declare_page(schemas, "MailingList");
    declare_page(schemas, "ListMember");
}

}  // namespace

Group list_group() {
    const auto any = Access::authenticated;
    return {"lists",
            declare_list,
            {{"GET",
              "/lists",
              "listLists",
              "List the mailing lists",
              any,
              paged({field("domain", Type::string).about("Only of this domain")}),
              {},
              "MailingListPage",
              200,
              list_lists},
             {"POST",
              "/lists",
              "createList",
              "Create a mailing list",
              any,
              {},
              "MailingListCreate",
              "MailingList",
              201,
              create_list},
             {"GET", "/lists/{name}", "showList", "Show a mailing list", any, {}, {}, "MailingList", 200, show_list},
             {"PATCH",
              "/lists/{name}",
              "changeList",
              "Change a mailing list",
              any,
              {},
              "MailingListPatch",
              "MailingList",
              200,
              change_list},
             {"DELETE",
              "/lists/{name}",
              "deleteList",
              "Delete a mailing list and the aliases that lead only to it",
              any,
              {},
              {},
              {},
              204,
              delete_list},
             {"GET",
              "/lists/{name}/members",
              "listListMembers",
              "List the members, and what came back from them",
              any,
              paged(),
              {},
              "ListMemberPage",
              200,
              list_members},
             {"PUT",
              "/lists/{name}/members",
              "putListMembers",
              "Replace the members, all or none; those that stay keep their bounces",
              any,
              {},
              "ListMembers",
              "ListMemberChange",
              200,
              put_members},
             {"POST",
              "/lists/{name}/members",
              "addListMembers",
              "Add members",
              any,
              {},
              "ListMembers",
              "ListMemberChange",
              200,
              add_members},
             {"POST",
              "/lists/{name}/removed-members",
              "removeListMembers",
              "Remove members, all or none",
              any,
              {},
              "ListMembers",
              "ListMemberChange",
              200,
              remove_members},
             {"POST",
              "/lists/{name}/members/{address}/resume",
              "resumeListMember",
              "Send mail to a suspended member again, and forget its bounces",
              any,
              {},
              {},
              {},
              204,
              resume_member}}};
}

}  // namespace restante::admin
