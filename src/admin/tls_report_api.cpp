// What would be told of a day's TLS to the domain it was with (RFC 8460).
#include <boost/json/parse.hpp>

#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/text.hpp"
#include "relay/route.hpp"
#include "relay/tls_reporter.hpp"

namespace restante::admin {
namespace {

json::object write_count(const relay::TlsCount& count) {
    const relay::TlsSession& session = count.session;
    return {{"policy", relay::to_string(session.policy.type)},
            {"result", relay::to_string(session.result)},
            {"sessions", count.sessions},
            {"host", session.host},
            {"sending_ip", session.sending_ip},
            {"receiving_ip", session.receiving_ip},
            {"reason", session.reason}};
}

json::object write_preview(const relay::TlsReporter::Preview& preview) {
    json::array counts, receivers;
    std::string state = "open";
    for (const relay::TlsCount& count : preview.report.counts) counts.push_back(write_count(count));
    for (const auto& one : preview.settled) {
        if (one.uri.empty())
            state = one.state;
        else
            receivers.push_back(json::object{{"uri", one.uri}, {"state", one.state}});
    }
    return {{"domain", preview.report.domain},
            {"day", relay::to_text(preview.report.day)},
            {"state", state},
            {"counts", std::move(counts)},
            {"receivers", std::move(receivers)},
            {"report", json::parse(relay::write_tls_report(preview.report))}};
}

Result<Response> show_tls_report(Parts& parts, const Request& request) {
    if (parts.tls_reports == nullptr) return fail(ErrorKind::unavailable, "this server sends no mail elsewhere");
    relay::ReportDay day = relay::day_of(parts.clock.now());
    if (const auto text = request.query_value("day")) {
        const auto wanted = relay::parse_report_day(*text);
        if (!wanted) return fail(ErrorKind::invalid, "the day must be a date such as 2026-11-28");
        day = *wanted;
    }
    const std::string domain = to_lower(relay::to_dns_name(request.path_value("domain")));
    const auto preview = parts.tls_reports->preview(domain, day);
    if (!preview) return fail(preview.error());
    return Response::of(write_preview(*preview));
}

void declare_tls_report(Schemas& schemas) {
    schemas.add({"TlsCount",
                 "Sessions with one outcome.",
                 {field("policy", Type::string).required().one_of({"tlsa", "sts", "no-policy-found"}),
                  field("result", Type::string).required().about("success, or a result type of RFC 8460 4.3"),
                  field("sessions", Type::integer).required(), field("host", Type::string).required(),
                  field("sending_ip", Type::string).required(), field("receiving_ip", Type::string).required(),
                  field("reason", Type::string).required()}});
    schemas.add({"TlsReportReceiver",
                 "Where a report went.",
                 {field("uri", Type::string).required(), field("state", Type::string).required()}});
    schemas.add({"TlsReport",
                 "How TLS with the servers of a domain went on a day.",
                 {field("domain", Type::string).required(), field("day", Type::string).required(),
                  field("state", Type::string)
                      .required()
                      .one_of({"open", "done", "not wanted", "given up"})
                      .about("open: the report has not been dealt with"),
                  object_array_field("counts", "TlsCount").required().length(0, 100'000),
                  object_array_field("receivers", "TlsReportReceiver").required(),
                  field("report", Type::object).required().about("What would be sent, as RFC 8460 4.4 has it")}});
}
}  // namespace

Group tls_report_group() {
    return {"queue",
            declare_tls_report,
            {{"GET",
              "/queue/tls-report/{domain}",
              "showTlsReport",
              "How TLS with the servers of a domain went",
              Access::administrator,
              {field("day", Type::string).about("2026-11-28, in UTC; today when left out")},
              {},
              "TlsReport",
              200,
              show_tls_report}}};
}

}  // namespace restante::admin
