// POP3 connections: stored settings and their health. Polls and tests are in connection_actions.cpp.
#include "admin/connection_json.hpp"
#include "admin/parts.hpp"
#include "admin/resources.hpp"

namespace restante::admin {
namespace {

Result<Response> list_connections(Parts& parts, const Request& request) {
    auto page = work_page(request);
    if (!page) return fail(std::move(page.error()));
    auto rows = parts.connections.list();
    if (!rows) return fail(std::move(rows.error()));
    std::sort(rows->begin(), rows->end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    std::erase_if(*rows, [&](const auto& row) { return row.id <= page->after; });
    return page_of(*rows, page->limit - 1, write_connection, [](const auto& row) { return id_json(row.id); });
}

Result<Response> create_connection(Parts& parts, const Request& request) {
    fetch::Settings settings;
    if (auto ok = read_settings(request.json, settings); !ok) return fail(std::move(ok.error()));
    return answer(parts.connections.create(settings, {request.principal.name}), write_connection, 201);
}

Result<Response> show_connection(Parts& parts, const Request& request) {
    return answer(parts.connections.find(request.path_id("id")), write_connection);
}

Result<Response> change_connection(Parts& parts, const Request& request) {
    const std::int64_t id = request.path_id("id");
    auto before = parts.connections.find(id);
    if (!before) return fail(std::move(before.error()));
    if (auto ok = read_settings(request.json, before->settings); !ok) return fail(std::move(ok.error()));
    return answer(parts.connections.update(id, before->settings, {request.principal.name}), write_connection);
}

Result<Response> delete_connection(Parts& parts, const Request& request) {
    return nothing(parts.connections.remove(request.path_id("id"), {request.principal.name}));
}

}  // namespace

Group connection_group() {
    return {"connections",
            declare_connections,
            {{"GET",
              "/connections",
              "listConnections",
              "List the POP3 connections and their health",
              Access::administrator,
              paged(),
              {},
              "ConnectionPage",
              200,
              list_connections},
             {"POST",
              "/connections",
              "createConnection",
              "Store a POP3 connection",
              Access::administrator,
              {},
              "ConnectionCreate",
              "Connection",
              201,
              create_connection},
             {"GET",
              "/connections/{id}",
              "showConnection",
              "Show a connection and its health",
              Access::administrator,
              {},
              {},
              "Connection",
              200,
              show_connection},
             {"PATCH",
              "/connections/{id}",
              "changeConnection",
              "Change a connection",
              Access::administrator,
              {},
              "ConnectionPatch",
              "Connection",
              200,
              change_connection},
             {"DELETE",
              "/connections/{id}",
              "deleteConnection",
              "Delete a connection and what it remembers",
              Access::administrator,
              {},
              {},
              {},
              204,
              delete_connection}}};
}

}  // namespace restante::admin
