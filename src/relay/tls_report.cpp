#include "relay/tls_report.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"

namespace restante::relay {
namespace {
namespace json = boost::json;
constexpr std::size_t kBase64Line = 76;  // RFC 2045 6.8

std::string instant(Timestamp at) { return to_rfc3339(at).substr(0, 19) + "Z"; }

std::int64_t seconds(Timestamp at) {
    return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

Timestamp last_second(ReportDay day) { return start_of(day + 1) - std::chrono::seconds(1); }

void put(json::object& into, const char* name, const std::string& value) {
    if (!value.empty()) into[name] = value;
}

/// Policies are read by receivers as UTF-8; who publishes other octets gets them as \xNN.
json::string clean(const std::string& text) {
    return json::string(is_valid_utf8(text) ? text : escape_for_log(text, text.size() * 4));
}

json::object policy_json(const TlsPolicy& policy, const std::string& domain) {
    json::object out{{"policy-type", to_string(policy.type)}};
    json::array lines, hosts;
    for (const std::string& line : policy.lines) {
        lines.push_back(clean(line));
        if (policy.type == TlsPolicy::Type::sts && line.starts_with("mx:"))
            hosts.push_back(clean(std::string(trim(std::string_view(line).substr(3)))));
    }
    if (!lines.empty()) out["policy-string"] = std::move(lines);
    out["policy-domain"] = domain;
    if (!hosts.empty()) out["mx-host"] = std::move(hosts);
    return out;
}

json::object failure_json(const TlsCount& count) {
    const TlsSession& session = count.session;
    json::object out{{"result-type", to_string(session.result)}};
    put(out, "sending-mta-ip", session.sending_ip);
    put(out, "receiving-mx-hostname", session.host);
    put(out, "receiving-ip", session.receiving_ip);
    out["failed-session-count"] = count.sessions;
    put(out, "failure-reason-code", session.reason);
    return out;
}

/// All counts under one policy.
json::object result_json(const TlsPolicy& policy, const TlsReport& report) {
    std::int64_t good = 0, bad = 0;
    json::array failures;
    for (const TlsCount& count : report.counts) {
        if (count.session.policy != policy) continue;
        const bool success = count.session.result == TlsResult::success;
        (success ? good : bad) += count.sessions;
        if (!success) failures.push_back(failure_json(count));
    }
    json::object out{{"policy", policy_json(policy, report.domain)},
                     {"summary", {{"total-successful-session-count", good}, {"total-failure-session-count", bad}}}};
    if (!failures.empty()) out["failure-details"] = std::move(failures);
    return out;
}

std::string base64_lines(const std::string& bytes) {
    const std::string all = base64_encode(bytes);
    std::string out;
    for (std::size_t i = 0; i < all.size(); i += kBase64Line) out += all.substr(i, kBase64Line) + "\r\n";
    return out;
}

std::string summary_part(const TlsReport& report) {
    return "This is a TLS report (RFC 8460) by " + report.submitter + " about mail to\r\n" + report.domain + " on " +
           to_text(report.day) + ", UTC. The attached file is for programs.\r\n";
}
}  // namespace

std::string report_id(const TlsReport& report) {
    return to_text(report.day) + "." + report.domain + "@" + report.submitter;
}

std::string write_tls_report(const TlsReport& report) {
    std::vector<TlsPolicy> policies;
    for (const TlsCount& count : report.counts)
        if (std::find(policies.begin(), policies.end(), count.session.policy) == policies.end())
            policies.push_back(count.session.policy);
    json::array results;
    for (const TlsPolicy& policy : policies) results.push_back(result_json(policy, report));
    const json::object out{
        {"organization-name", clean(report.organization)},
        {"date-range",
         {{"start-datetime", instant(start_of(report.day))}, {"end-datetime", instant(last_second(report.day))}}},
        {"contact-info", clean(report.contact)},
        {"report-id", report_id(report)},
        {"policies", std::move(results)}};
    return json::serialize(out);
}

std::string report_file_name(const TlsReport& report) {
    return report.submitter + "!" + report.domain + "!" + std::to_string(seconds(start_of(report.day))) + "!" +
           std::to_string(seconds(last_second(report.day))) + ".json.gz";
}

std::string write_tls_report_mail(const TlsReportMail& mail) {
    const TlsReport& report = mail.report;
    std::string out = "From: <" + mail.from + ">\r\nTo: <" + mail.to + ">\r\n";
    out += "Subject: Report Domain: " + report.domain + "\r\n\tSubmitter: " + report.submitter + "\r\n\tReport-ID: <" +
           report_id(report) + ">\r\n";
    out += "Date: " + to_rfc5322(mail.now) + "\r\nMessage-ID: <" + mail.message_id + ">\r\n";
    out += "TLS-Report-Domain: " + report.domain + "\r\nTLS-Report-Submitter: " + report.submitter + "\r\n";
    out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";  // RFC 3834 5
    out += "Content-Type: multipart/report; report-type=\"tlsrpt\";\r\n\tboundary=\"" + mail.boundary + "\"\r\n\r\n";
    out += "This is a TLS report in MIME form.\r\n\r\n--" + mail.boundary + "\r\n";
    out += "Content-Type: text/plain; charset=us-ascii\r\n\r\n" + summary_part(report) + "\r\n--" + mail.boundary + "\r\n";
    out += "Content-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\n";
    out += "Content-Disposition: attachment;\r\n\tfilename=\"" + report_file_name(report) + "\"\r\n\r\n";
    return out + base64_lines(mail.compressed) + "\r\n--" + mail.boundary + "--\r\n";
}

}  // namespace restante::relay
