// The server itself: status, store, audit trail.
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {

Result<Response> show_server(Parts& parts, const Request&) {
    json::object out = parts.server_status();
    out["time"] = to_rfc3339(parts.clock.now());
    return Response::of(std::move(out));
}

Result<Response> show_store(Parts& parts, const Request&) {
    const store::Statistics s = parts.store.statistics();
    return Response::of(json::object{{"accepting", s.accepting},
                                     {"commits", s.commits},
                                     {"committed_octets", s.committed_octets},
                                     {"syncs", s.syncs},
                                     {"deletes", s.deletes},
                                     {"segments", s.segments},
                                     {"live_octets", s.live_octets},
                                     {"dead_octets", s.dead_octets},
                                     {"index_lag", s.index_lag}});
}

Result<Response> list_audit(Parts& parts, const Request& request) {
    const PageRequest page = page_in(request);
    const std::size_t limit = page.limit;
    auto rows = parts.directory.audit(limit + 1, static_cast<std::int64_t>(parse_u64(page.after).value_or(0)));
    if (!rows) return fail(std::move(rows.error()));
    const auto write = [](const directory::Directory::AuditRow& row) {
        return json::object{{"id", id_json(row.id)}, {"at", to_rfc3339(row.at)}, {"actor", row.actor},
                            {"action", row.action},  {"object", row.object},     {"detail", row.detail}};
    };
    return page_of(*rows, limit, write, [](const auto& row) { return id_json(row.id); });
}

void declare_server(Schemas& schemas) {
    schemas.add({"Listener",
                 "Where a service can be reached.",
                 {field("service", Type::string).required(), field("address", Type::string).required(),
                  field("tls", Type::string)
                      .required()
                      .one_of({"none", "start", "implicit"})
                      .about("start: STARTTLS or STLS is offered")}});
    schemas.add({"ServerStatus",
                 "The running program.",
                 {field("version", Type::string).required(), field("hostname", Type::string).required(),
                  field("started_at", Type::timestamp).required(), field("time", Type::timestamp).required(),
                  object_array_field("listeners", "Listener").required()}});
    const auto count = [](const char* name, const char* about) {
        return field(name, Type::integer).required().about(about);
    };
    schemas.add(
        {"StoreStatistics",
         "What the message store has done since the start, and holds.",
         {field("accepting", Type::boolean).required().about("false after a disk fault that could not be undone"),
          count("commits", "Messages made durable"), count("committed_octets", "Their size"),
          count("syncs", "Waits for the disk"), count("deletes", "Messages deleted"),
          count("segments", "Files of the body log"), count("live_octets", "Octets in use"),
          count("dead_octets", "Octets that compaction can give back"),
          count("index_lag", "Log records that are not in the index yet")}});
    schemas.add(
        {"AuditRow",
         "One change.",
         {field("id", Type::id).required(), field("at", Type::timestamp).required(),
          field("actor", Type::string).required(), field("action", Type::string).required(),
          field("object", Type::string).required(), field("detail", Type::string).required().length(0, 65'536)}});
    declare_page(schemas, "AuditRow");
}

}  // namespace

Group server_group() {
    return {"server",
            declare_server,
            {{"GET",
              "/server",
              "showServer",
              "Version, time and listeners",
              Access::administrator,
              {},
              {},
              "ServerStatus",
              200,
              show_server},
             {"GET",
              "/store",
              "showStore",
              "What the message store has done and holds",
              Access::administrator,
              {},
              {},
              "StoreStatistics",
              200,
              show_store},
             {"GET",
              "/audit",
              "listAudit",
              "The newest changes, newest first",
              Access::administrator,
              paged(),
              {},
              "AuditRowPage",
              200,
              list_audit}}};
}

}  // namespace restante::admin
