// Queued TLS reports go by themselves: they are sent whatever is wrong with the TLS they tell of (RFC 8460 3).
#include "base/text.hpp"
#include "relay/relay.hpp"
#include "relay/tls_reporter.hpp"

namespace restante::relay {
namespace {
constexpr std::size_t kReportHeaderOctets = 8'192;

bool has_report_field(const std::string& head) {
    const std::string header = header_section(head);
    for (const std::string_view line : split(header, '\n'))
        if (istarts_with(line, "TLS-Report-Domain:")) return true;
    return false;
}
}  // namespace

/// Those of the mails that are reports. Ordinary mail costs no more than a comparison.
net::Task<std::set<store::MessageId>> Relay::reports_among(const std::vector<Work>& works) {
    const std::string from = report_sender(parts_.queue.options());
    std::set<store::MessageId> reports;
    for (const Work& work : works) {
        const auto& path = work.mail.envelope.reverse_path;
        if (!path || !iequals(path->to_string(), from)) continue;
        Content content(parts_.queue, parts_.work, work.mail);
        const auto head = co_await content.head(kReportHeaderOctets);
        if (head && has_report_field(*head)) reports.insert(work.mail.id);
    }
    co_return reports;
}

}  // namespace restante::relay
