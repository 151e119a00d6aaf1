#include "mta/trace.hpp"

#include <cstdio>

#include "smtp/path.hpp"

namespace restante::mta {
namespace {

/// The client's name may hold anything printable; in the header only a name that cannot be read as something else.
std::string_view safe_name(const std::string& name) {
    return smtp::valid_domain(name) || smtp::valid_address_literal(name) ? std::string_view(name) : "unknown";
}

}  // namespace

std::string to_queue_id(std::int64_t id) {
    char digits[17];
    std::snprintf(digits, sizeof digits, "%llX", static_cast<unsigned long long>(id));
    return digits;
}

std::string with_protocol(const smtp::Session& session, bool utf8) {
    if (!session.esmtp) return "SMTP";
    std::string name = utf8 ? "UTF8" : session.lmtp ? "" : "E";
    name += session.lmtp ? "LMTP" : "SMTP";
    if (session.tls) name += 'S';
    if (session.authenticated) name += 'A';
    return name;
}

std::string received_field(const smtp::Session& session, const message::Envelope& envelope, const TraceFacts& facts) {
    std::string out;
    out.reserve(320);
    out.append("Received: from ").append(safe_name(session.client_name));
    if (!facts.client_literal.empty()) out.append(" (").append(facts.client_literal).append(")");
    out.append("\r\n\tby ").append(facts.host_name);
    out.append(" with ").append(with_protocol(session, envelope.smtputf8)).append(" id ").append(facts.id);
    if (!facts.tls.empty()) out.append("\r\n\t(").append(facts.tls).append(")");
    if (envelope.recipients.size() == 1)
        out.append("\r\n\tfor <").append(envelope.recipients.front().address.to_string()).append(">");
    out.append(";\r\n\t").append(to_rfc5322(facts.now)).append("\r\n");
    return out;
}

std::string local_received_field(std::string_view id, std::string_view host_name, Timestamp now) {
    std::string out = "Received: by ";
    return out.append(host_name).append(" id ").append(id).append(";\r\n\t").append(to_rfc5322(now)).append("\r\n");
}

std::string date_field(Timestamp now) { return "Date: " + to_rfc5322(now) + "\r\n"; }

std::string message_id_field(std::string_view id, std::string_view host_name) {
    return "Message-ID: <" + std::string(id) + "@" + std::string(host_name) + ">\r\n";
}

}  // namespace restante::mta
