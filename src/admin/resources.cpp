#include "admin/resources.hpp"

#include <cstdio>

#include "admin/parts.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {
constexpr std::int64_t kMaxPage = 200;
constexpr std::int64_t kDefaultPage = 50;
constexpr std::uint64_t kMaxOriginal = 64ULL << 20;  // octets shown at most; no mail that became a comment is as large
}  // namespace

Operation operation(const char* method, const char* path, const char* id, const char* summary, const char* request,
                    const char* response, Result<Response> (*function)(Parts&, const Request&)) {
    Operation out;
    out.method = method;
    out.path = path;
    out.id = id;
    out.summary = summary;
    out.request = request;
    out.response = response;
    out.function = function;
    return out;
}

std::vector<Field> paged(std::vector<Field> others) {
    std::vector<Field> out{
        field("after", Type::string).about("Go on behind this row: the next of the page before"),
        field("limit", Type::integer).range(1, kMaxPage).about("Rows in this page, 50 when left out")};
    for (Field& other : others) out.push_back(std::move(other));
    return out;
}

void declare_page(Schemas& schemas, const std::string& row) {
    schemas.add(
        {row + "Page",
         "One page of a listing.",
         {object_array_field("items", row).required(),
          field("next", Type::string).about("Send it as after for the page behind this one; absent on the last")}});
}

PageRequest page_in(const Request& request) {
    return {request.query_value("after").value_or(""),
            static_cast<std::size_t>(request.query_integer("limit").value_or(kDefaultPage))};
}

Result<Response> nothing(Result<void> result) {
    if (!result) return fail(std::move(result.error()));
    return Response::no_content();
}

Result<Response> at_field(const std::string& field, Error error) {
    // unsupported: what the settings of this server do not allow, such as a destination elsewhere.
    if (error.kind == ErrorKind::invalid || error.kind == ErrorKind::unsupported) return field_problem(field, error.detail);
    return fail(std::move(error));
}

json::value id_or_null(std::int64_t id) { return id == 0 ? json::value(nullptr) : json::value(id_json(id)); }

json::value time_or_null(std::optional<Timestamp> time) {
    return time ? json::value(to_rfc3339(*time)) : json::value(nullptr);
}

std::optional<Timestamp> time_in(const json::object& body, std::string_view name) {
    const auto text = get_string(body, name);
    int year = 0;
    unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (!text ||
        std::sscanf(text->c_str(), "%4d-%2u-%2uT%2u:%2u:%2u", &year, &month, &day, &hour, &minute, &second) != 6)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
}

bool may_see(const Request& request, std::int64_t tenant) {
    return request.principal.administrator || (tenant != 0 && request.principal.tenant == tenant);
}

Result<work::Page> work_page(const Request& request) {
    const PageRequest wanted = page_in(request);
    work::Page page{0, wanted.limit + 1};
    if (wanted.after.empty()) return page;
    const auto after = parse_u64(wanted.after);
    if (!after || *after > static_cast<std::uint64_t>(INT64_MAX))
        return fail(ErrorKind::invalid, "after must be the next of an earlier page");
    page.after = static_cast<std::int64_t>(*after);
    return page;
}

Result<std::int64_t> person_in(Parts& parts, const std::string& text) {
    if (const auto id = parse_u64(text); id && *id <= static_cast<std::uint64_t>(INT64_MAX))
        return static_cast<std::int64_t>(*id);
    auto person = parts.work.people().find_by_email(text);
    if (!person) return fail(ErrorKind::invalid, std::move(person.error().detail));
    return person->id;
}

Result<std::int64_t> person_in_path(Parts& parts, const Request& request) {
    auto person = person_in(parts, request.path_value("person"));
    if (!person) return fail(ErrorKind::not_found, std::move(person.error().detail));
    return person;
}

Result<directory::Tenant> tenant_named(Parts& parts, const std::string& name) {
    auto all = parts.directory.tenants();
    if (!all) return fail(std::move(all.error()));
    for (directory::Tenant& tenant : *all)
        if (iequals(tenant.name, name)) return std::move(tenant);
    return fail(ErrorKind::not_found, "no tenant named " + escape_for_log(name, 80));
}

Result<directory::Domain> own_domain(Parts& parts, const Request& request, const std::string& name) {
    auto all = parts.directory.domains();
    if (!all) return fail(std::move(all.error()));
    for (directory::Domain& domain : *all)
        if (iequals(domain.name, name) && may_see(request, domain.tenant_id)) return std::move(domain);
    // Somebody else's domain looks as if it were not there.
    return fail(ErrorKind::not_found, "no domain named " + escape_for_log(name, 80));
}

Result<directory::Account> own_account(Parts& parts, const Request& request) {
    const std::string& name = request.path_value("name");
    auto account = parts.directory.account(name);
    if (account && may_see(request, account->tenant_id)) return account;
    if (!account && account.error().kind != ErrorKind::not_found) return account;
    return fail(ErrorKind::not_found, "no account named " + escape_for_log(name, 80));
}

Result<Response> original_mail(Parts& parts, store::MessageId id) {
    if (id == 0) return fail(ErrorKind::not_found, "no original was kept");
    auto bytes = parts.store.read_message(store::kOriginals, id, kMaxOriginal);
    if (!bytes) return fail(std::move(bytes.error()));
    Response out = Response::text(std::move(*bytes), "message/rfc822");
    // A mail may hold HTML and scripts: no browser may take it for a page of ours.
    out.headers = {{"Content-Disposition", "attachment; filename=\"original.eml\""},
                   {"X-Content-Type-Options", "nosniff"}};
    return out;
}

}  // namespace restante::admin
