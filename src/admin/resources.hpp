#pragma once
// The API's routes, group by group, and what their handlers share. Internal to the module; api.hpp is the way in.
#include <boost/json/array.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/http_message.hpp"
#include "admin/problem.hpp"
#include "admin/schema.hpp"
#include "directory/directory.hpp"
#include "store/store.hpp"
#include "work/types.hpp"

namespace restante::admin {

struct Parts;
class Router;

/// A route whose handler is a plain function over the parts. path is what follows /api/v1; an empty `request` is no
/// body, an empty `response` no JSON.
struct Operation {
    std::string method, path, id, summary;
    Access access = Access::administrator;
    std::vector<Field> query = {};
    std::string request = {}, response = {};
    int status = 200;
    Result<Response> (*function)(Parts&, const Request&) = nullptr;
};

/// For administrators, answering 200.
Operation operation(const char* method, const char* path, const char* id, const char* summary, const char* request,
                    const char* response, Result<Response> (*function)(Parts&, const Request&));

/// The routes about one kind of thing, and their schemas.
struct Group {
    std::string tag;
    void (*declare)(Schemas&);
    std::vector<Operation> operations;
};
Group session_group();
Group token_group();
Group tenant_group();
Group domain_group();
Group dkim_group();
Group alias_group();
Group list_group();
Group mail_rules_group();
Group account_group();
Group watch_group();
Group deletion_group();
Group alert_group();
Group account_settings_group();
Group app_password_group();
Group removal_group();
Group account_import_group();
Group people_group();
Group project_group();
Group item_group();
Group thread_group();
Group connection_group();
Group mail_log_group();
Group server_group();
Group store_group();
Group service_group();
Group setting_group();
Group connector_group();
Group sender_group();
Group account_check_group();
Group certificate_group();
Group maildrop_group();
Group queue_group();
Group tls_report_group();
Group spam_group();

/// Those whose body is a message; the schemas must be declared already (spam_group).
void add_spam_uploads(Router& router, Parts& parts);

// Listings: {"items":[...],"next":"..."}; `next` is absent on the last page.

/// The parameters of a listing: after, limit and these.
std::vector<Field> paged(std::vector<Field> others = {});
/// Schema "XPage" of schema "X".
void declare_page(Schemas& schemas, const std::string& row);

struct PageRequest {
    std::string after;  // empty: from the start
    std::size_t limit = 50;
};
PageRequest page_in(const Request& request);

/// rows may hold one more than the limit, which tells that there is a next page; key names a row's cursor.
template <class Row, class Write, class Key>
Response page_of(const std::vector<Row>& rows, std::size_t limit, Write write, Key key) {
    json::array items;
    for (std::size_t i = 0; i < rows.size() && i < limit; ++i) items.push_back(write(rows[i]));
    json::object out{{"items", std::move(items)}};
    if (rows.size() > limit) out["next"] = key(rows[limit - 1]);
    return Response::of(std::move(out));
}

/// A page of rows that are all in memory, in the order of their cursors.
template <class Row, class Write, class Key>
Response page_from(const std::vector<Row>& all, const PageRequest& page, Write write, Key key) {
    std::vector<Row> rows;
    for (const Row& row : all)
        if ((page.after.empty() || key(row) > page.after) && rows.size() <= page.limit) rows.push_back(row);
    return page_of(rows, page.limit, write, key);
}

/// JSON, or the error as it is.
template <class T, class Write>
Result<Response> answer(Result<T> result, Write write, int status = 200) {
    if (!result) return fail(std::move(result.error()));
    return Response::of(write(*result), status);
}
Result<Response> nothing(Result<void> result);
/// The error as the fault of one field where it is about what was sent, else as it is.
Result<Response> at_field(const std::string& field, Error error);

/// null for 0.
json::value id_or_null(std::int64_t id);
/// null for none.
json::value time_or_null(std::optional<Timestamp> time);
/// A text that the schema has checked to be a timestamp; nullopt for a date that does not exist.
std::optional<Timestamp> time_in(const json::object& body, std::string_view name);

/// What belongs to a tenant is for it and for administrators.
bool may_see(const Request& request, std::int64_t tenant);

/// The page that the query names, one row longer than asked for, to see whether there is a next one.
Result<work::Page> work_page(const Request& request);
/// A person as clients name it: by id or by e-mail address. invalid when there is none.
Result<std::int64_t> person_in(Parts& parts, const std::string& text);
/// The same for a {person} in a path: not_found.
Result<std::int64_t> person_in_path(Parts& parts, const Request& request);
Result<directory::Tenant> tenant_named(Parts& parts, const std::string& name);
/// not_found also for a domain of another tenant.
Result<directory::Domain> own_domain(Parts& parts, const Request& request, const std::string& name);
/// The account {name} of a path, by name or address; not_found also for one of another tenant.
Result<directory::Account> own_account(Parts& parts, const Request& request);
/// The stored original as bytes (message/rfc822); not_found when there is none.
Result<Response> original_mail(Parts& parts, store::MessageId id);

}  // namespace restante::admin
