// Sessions of the mail services: those alive, and why others failed.
#include <algorithm>

#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/text.hpp"
#include "directory/directory.hpp"
#include "watch/session_watch.hpp"

namespace restante::admin {
namespace {

json::object write_facts(const watch::SessionFacts& facts) {
    return {{"id", id_json(facts.id)}, {"service", facts.service},     {"began", to_rfc3339(facts.began)},
            {"local", facts.local},    {"remote", facts.remote},       {"tls", facts.tls},
            {"login", facts.login},    {"logged_in", facts.logged_in}, {"commands", facts.commands}};
}

json::object write_failed(const watch::FailedSession& failed) {
    json::object out = write_facts(failed.facts);
    const watch::Explanation words = watch::explain(failed.cause);
    out["ended"] = to_rfc3339(failed.ended);
    out["cause"] = watch::to_string(failed.cause);
    out["what"] = words.what;
    out["fix"] = words.fix;
    out["detail"] = failed.detail;
    return out;
}

bool wanted(const Request& request, const watch::SessionWatch& one) {
    return request.query_value("service").value_or(one.service()) == one.service();
}

Result<Response> list_sessions(Parts& parts, const Request& request) {
    std::vector<watch::SessionFacts> all;
    for (watch::SessionWatch* one : parts.watches) {
        if (!wanted(request, *one)) continue;
        auto live = one->live();
        all.insert(all.end(), live.begin(), live.end());
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return page_from(all, page_in(request), write_facts, [](const auto& one) { return id_json(one.id); });
}

Result<Response> list_failed(Parts& parts, const Request& request) {
    std::vector<watch::FailedSession> all;
    for (watch::SessionWatch* one : parts.watches) {
        if (!wanted(request, *one)) continue;
        auto failed = one->failed();
        all.insert(all.end(), failed.begin(), failed.end());
    }
    const PageRequest page = page_in(request);
    const auto before = static_cast<std::int64_t>(parse_u64(page.after).value_or(0));
    std::erase_if(all, [before](const auto& one) { return before != 0 && one.facts.id >= before; });
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.facts.id > b.facts.id; });
    return page_of(all, page.limit, write_failed, [](const auto& one) { return id_json(one.facts.id); });
}

/// Only here, where an administrator asks, is it said whether there is such an account: never to the client.
std::string about_login(Parts& parts, const watch::FailedSession& failed) {
    if (failed.cause != watch::Cause::credentials || failed.facts.login.empty()) return {};
    auto account = parts.directory.account(failed.facts.login);
    if (!account) return account.error().kind == ErrorKind::not_found ? "There is no account of this name." : "";
    if (!account->enabled) return "The account exists and is disabled.";
    return "The account exists: the password was wrong.";
}

Result<Response> show_failed(Parts& parts, const Request& request) {
    for (watch::SessionWatch* one : parts.watches) {
        const auto failed = one->failed(request.path_id("id"));
        if (!failed) continue;
        json::object out = write_failed(*failed);
        out["about_login"] = about_login(parts, *failed);
        out["transcript"] = failed->transcript;
        return Response::of(std::move(out));
    }
    return fail(ErrorKind::not_found, "no failed session has this id, or it is too long ago");
}

Result<Response> end_session(Parts& parts, const Request& request) {
    const std::int64_t id = request.path_id("id");
    for (watch::SessionWatch* one : parts.watches) {
        if (!one->end(id)) continue;
        return nothing(parts.audit(request.principal.name, "session.end", one->service(), std::to_string(id)));
    }
    return fail(ErrorKind::not_found, "no session has this id (any more)");
}

std::vector<Field> facts_fields() {
    return {field("id", Type::id).required(),
            field("service", Type::string).required(),
            field("began", Type::timestamp).required(),
            field("local", Type::string).required(),
            field("remote", Type::string).required(),
            field("tls", Type::boolean).required(),
            field("login", Type::string).required().about("The name tried last; empty: none"),
            field("logged_in", Type::boolean).required(),
            field("commands", Type::integer).required()};
}

void declare_watch(Schemas& schemas) {
    schemas.add({"LiveSession", "A session under way.", facts_fields()});
    declare_page(schemas, "LiveSession");
    auto fields = facts_fields();
    for (Field& one :
         std::vector<Field>{field("ended", Type::timestamp).required(), field("cause", Type::string).required(),
                            field("what", Type::string).required().about("Happened"),
                            field("fix", Type::string).required().about("What to do next"),
                            field("detail", Type::string).required().about("In the server's own words")})
        fields.push_back(one);
    schemas.add({"FailedSession", "A session that did not do what its client wanted.", fields});
    declare_page(schemas, "FailedSession");
    fields.push_back(field("about_login", Type::string).required().about("What is known of the name that was tried"));
    fields.push_back(field("transcript", Type::string)
                         .required()
                         .length(0, 1U << 20)
                         .about("Milliseconds, event (+ - < > *), what was said; nothing secret"));
    schemas.add({"FailedSessionDetail", "The same with what was said.", std::move(fields)});
}

Field service_field() { return field("service", Type::string).length(1, 64).about("Of this service only"); }

}  // namespace

Group watch_group() {
    return {"sessions",
            declare_watch,
            {{"GET",
              "/sessions",
              "listSessions",
              "Sessions of the mail services under way",
              Access::administrator,
              paged({service_field()}),
              {},
              "LiveSessionPage",
              200,
              list_sessions},
             {"DELETE",
              "/sessions/{id}",
              "endSession",
              "End a session now; nothing is deleted",
              Access::administrator,
              {},
              {},
              {},
              204,
              end_session},
             {"GET",
              "/failed-sessions",
              "listFailedSessions",
              "Sessions that failed, and why, latest first",
              Access::administrator,
              paged({service_field()}),
              {},
              "FailedSessionPage",
              200,
              list_failed},
             {"GET",
              "/failed-sessions/{id}",
              "showFailedSession",
              "One of them with a transcript",
              Access::administrator,
              {},
              {},
              "FailedSessionDetail",
              200,
              show_failed}}};
}

}  // namespace restante::admin
