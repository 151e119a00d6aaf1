// How a TLS report gets to where a domain wants it: by mail through the outbox, or by HTTPS.
#include "base/random.hpp"
#include "base/text.hpp"
#include "relay/gzip.hpp"
#include "relay/https.hpp"
#include "relay/tls_reporter.hpp"

namespace restante::relay {
namespace {
constexpr std::chrono::seconds kAnswer{60};  // of a web server
}

net::Task<bool> TlsReporter::send_to(ReportTarget target, TlsReport report, Pending about) {
    const std::string compressed = gzip(write_tls_report(report));
    bool sent = false;
    if (target.kind == ReportTarget::Kind::https) {
        sent = co_await post(target, compressed, about);
    } else {
        const auto queued = co_await parts_.work.run([&] { return enqueue(target, report, compressed, about); });
        sent = queued.has_value();
        if (!queued)
            parts_.log.error("relay.tls_report_failed",
                             {{"domain", about.domain}, {"to", target.uri}, {"reason", queued.error().detail}});
        if (!sent || !*queued) co_return sent;
    }
    if (!sent) co_return false;
    sent_.add();
    parts_.log.info("relay.tls_report_sent",
                    {{"domain", about.domain}, {"day", to_text(about.day)}, {"to", target.uri}});
    co_return true;
}

/// RFC 8460 5.4. The certificate does not matter (3): what is wrong may be what the report tells.
net::Task<bool> TlsReporter::post(ReportTarget target, std::string compressed, Pending about) {
    HttpsRequest request;
    request.host = target.host;
    request.port = target.port;
    request.method = "POST";
    request.target = target.target;
    request.content_type = "application/tlsrpt+gzip";
    request.body = std::move(compressed);
    request.any_certificate = true;
    request.patience = kAnswer;
    request.allow_internal = parts_.queue.options().allow_internal;
    const auto reply = co_await ask_https(parts_.resolver, parts_.work, std::move(request));
    if (!reply || reply->status < 200 || reply->status > 299) {
        const std::string reason = reply ? "the answer is " + std::to_string(reply->status) : reply.error().detail;
        parts_.log.warn("relay.tls_report_failed", {{"domain", about.domain}, {"to", target.uri}, {"reason", reason}});
        co_return false;
    }
    std::string state = "sent";
    const bool settled = co_await settle(about, target.uri, std::move(state));
    co_return settled;
}

/// One transaction puts the mail into the outbox and says that it was sent, so that a crash neither loses nor doubles
/// it. False: not sent, because receivers would have to ignore it (RFC 8460 3).
Result<bool> TlsReporter::enqueue(const ReportTarget& target, const TlsReport& report, const std::string& compressed,
                                  const Pending& about) {
    const Timestamp now = parts_.clock.now();
    TlsReportMail mail{report, report.contact, target.address, compressed, "", to_hex(random_bytes(16)), now};
    mail.message_id = to_hex(random_bytes(12)) + "@" + report.submitter;
    std::string bytes = write_tls_report_mail(mail);
    const std::string signature = parts_.sign(bytes, report.submitter, now);
    if (signature.empty())
        parts_.log.warn("relay.tls_report_unsigned",
                        {{"domain", about.domain}, {"reason", report.submitter + " has no active DKIM key"}});
    store::OutgoingMail out{report.contact, {target.address}, signature + bytes, {}, ""};
    out.key = "tlsrpt:" + to_hex(sha256(report_id(report) + " " + target.uri));
    auto written = parts_.database.write([&](db::Session& session) -> Result<void> {
        if (!signature.empty())
            if (auto queued = parts_.outbox.enqueue(session, out); !queued) return fail(std::move(queued.error()));
        return tls_tables::settle(session, about, target.uri, signature.empty() ? "unsigned" : "sent", now);
    });
    if (!written) return fail(std::move(written.error()));
    return !signature.empty();
}

net::Task<bool> TlsReporter::settle(Pending about, std::string uri, std::string state) {
    const auto written = co_await parts_.work.run([&] {
        return parts_.database.write(
            [&](db::Session& s) { return tls_tables::settle(s, about, uri, state, parts_.clock.now()); });
    });
    if (!written) parts_.log.error("relay.unwritable", {{"what", "TLS reports"}, {"reason", written.error().detail}});
    co_return written.has_value();
}

}  // namespace restante::relay
