#include "relay/receipts.hpp"

#include "base/random.hpp"
#include "base/text.hpp"
#include "relay/dsn.hpp"

namespace restante::relay {

void Receipts::delivered(const Arrival& arrival) {
    Report report;
    report.notice = Notice::delivered;
    for (const message::Recipient& recipient : arrival.recipients)
        if (wanted(report.notice, arrival.envelope, recipient.notify)) report.fates.push_back({recipient, "2.0.0", "", "", ""});
    if (report.fates.empty()) return;
    report.host_name = host_name_;
    report.mail.envelope = arrival.envelope;
    report.mail.queued_at = report.now = arrival.at;
    report.original = header_section(arrival.head);
    report.message_id = to_hex(random_bytes(12)) + "@" + host_name_;
    report.boundary = to_hex(random_bytes(16));
    // RFC 3461 4.3: with the null reverse-path, and no report of a report.
    store::OutgoingMail mail{"", {arrival.envelope.reverse_path->to_string()}, write_report(report), {}, ""};
    if (!arrival.delivery_id.empty()) mail.key = "receipt:" + arrival.delivery_id;
    if (auto queued = outbox_.enqueue(mail); !queued)
        log_.error("receipt.failed", {{"to", mail.recipients.front()}, {"reason", queued.error().detail}});
}

}  // namespace restante::relay
