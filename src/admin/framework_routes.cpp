#include "admin/framework_routes.hpp"

#include <boost/json/array.hpp>

namespace restante::admin {
namespace {

Schema health_schema() {
    return {"Health",
            "Whether the server can do its work",
            {field("status", Type::string).required().one_of({"ok", "failed"}),
             object_array_field("checks", "HealthCheck").required()}};
}

Schema check_schema() {
    return {
        "HealthCheck",
        "One thing the server needs",
        {field("name", Type::string).required(), field("ok", Type::boolean).required(), field("detail", Type::string)}};
}

Result<Response> readiness(const std::vector<ReadyCheck>& checks) {
    json::array results;
    bool all = true;
    for (const ReadyCheck& check : checks) {
        const Result<> outcome = check.check();
        json::object one{{"name", check.name}, {"ok", outcome.has_value()}};
        if (!outcome) one["detail"] = outcome.error().detail;
        all = all && outcome;
        results.push_back(std::move(one));
    }
    return Response::of(json::object{{"status", all ? "ok" : "failed"}, {"checks", std::move(results)}},
                        all ? 200 : 503);
}

}  // namespace

void add_framework_routes(Router& router, const Metrics& metrics, std::vector<ReadyCheck> checks,
                          Access metrics_access) {
    router.schemas().add(check_schema());
    router.schemas().add(health_schema());
    router.add({.method = "GET",
                .path = "/livez",
                .operation = "getLiveness",
                .summary = "Whether the process answers",
                .tag = "server",
                .access = Access::open,
                .response = "text/plain",
                .handler = [](const Request&) -> Result<Response> { return Response::text("ok\n"); }});
    router.add({.method = "GET",
                .path = "/readyz",
                .operation = "getReadiness",
                .summary = "Whether the server can do its work",
                .tag = "server",
                .access = Access::open,
                .response = "Health",
                .success = {200, 503},
                .handler = [all = std::move(checks)](const Request&) { return readiness(all); }});
    router.add({.method = "GET",
                .path = "/metrics",
                .operation = "getMetrics",
                .summary = "Counters for Prometheus",
                .tag = "server",
                .access = metrics_access,
                .response = "text/plain",
                .handler = [&metrics](const Request&) -> Result<Response> {
                    return Response::text(metrics.prometheus(), "text/plain; version=0.0.4; charset=utf-8");
                }});
    router.add({.method = "GET",
                .path = "/api/v1/openapi.json",
                .operation = "getOpenApi",
                .summary = "This description (OpenAPI 3.1)",
                .tag = "server",
                .access = Access::open,
                .response = "application/json",
                .handler = [&router](const Request&) -> Result<Response> { return Response::of(router.openapi()); }});
}

}  // namespace restante::admin
