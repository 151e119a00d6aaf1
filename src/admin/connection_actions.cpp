#include "admin/connection_actions.hpp"

#include <boost/json/array.hpp>

#include "admin/connection_json.hpp"
#include "fetch/fetcher.hpp"

namespace restante::admin {
namespace {

json::object write_poll_report(const fetch::PollReport& report) {
    return {{"ok", report.outcome.has_value()},
            {"error", report.outcome ? "" : report.outcome.error().detail},
            {"listed", report.listed},
            {"taken", report.taken},
            {"unrelated", report.unrelated},
            {"oversize", report.oversize},
            {"refused", report.refused},
            {"put_off", report.put_off},
            {"deleted", report.deleted},
            {"paused", report.paused},
            {"milliseconds", report.milliseconds}};
}

json::object write_steps(const std::vector<fetch::ProbeStep>& steps) {
    json::array out;
    bool ok = !steps.empty();
    for (const fetch::ProbeStep& step : steps) {
        ok = ok && step.ok;
        out.push_back(json::object{
            {"name", step.name}, {"ok", step.ok}, {"milliseconds", step.milliseconds}, {"detail", step.detail}});
    }
    return {{"ok", ok}, {"steps", std::move(out)}};
}

net::Task<Result<Response>> poll(fetch::Fetcher& fetcher, std::int64_t id) {
    auto report = co_await fetcher.poll_now(id);
    if (!report) co_return fail(std::move(report.error()));
    co_return Response::of(write_poll_report(*report));
}

net::Task<Result<Response>> test(fetch::Fetcher& fetcher, fetch::Settings settings,
                                 std::optional<std::int64_t> stored) {
    const auto steps = co_await fetcher.test_connection(std::move(settings), stored);
    co_return Response::of(write_steps(steps));
}

net::Task<Result<Response>> refused(Error error) { co_return fail(std::move(error)); }

Route connection_action(const char* path, const char* operation, const char* summary, const char* response) {
    Route route;
    route.method = "POST";
    route.path = path;
    route.operation = operation;
    route.summary = summary;
    route.tag = "connections";
    route.response = response;
    return route;
}

}  // namespace

void add_connection_actions(Router& router, Parts& parts) {
    Route poll_now =
        connection_action("/api/v1/connections/{id}/poll", "pollConnection", "Collect now, also when switched off", "PollReport");
    poll_now.async_handler = [&parts](Request request) { return poll(parts.fetcher, request.path_id("id")); };
    router.add(std::move(poll_now));
    Route try_out = connection_action("/api/v1/connection-tests", "testConnection", "Try settings: connect, secure, log in, count",
                           "ProbeReport");
    try_out.request = "ConnectionTest";
    try_out.async_handler = [&parts](Request request) {
        fetch::Settings settings;
        if (auto ok = read_settings(request.json, settings); !ok) return refused(std::move(ok.error()));
        if (settings.name.empty()) settings.name = "test";
        return test(parts.fetcher, std::move(settings), get_id(request.json, "connection_id"));
    };
    router.add(std::move(try_out));
}

}  // namespace restante::admin
