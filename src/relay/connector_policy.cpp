// What TLS with a host has to be like, and what is counted of it.
#include "base/text.hpp"
#include "relay/connector_attempt.hpp"

namespace restante::relay {
namespace {
using Tls = smtp::ClientOptions::Tls;

/// observed: whether the certificate is good by `rules` is found out, though nothing depends on it.
Result<std::shared_ptr<const net::TlsClientContext>> any_certificate(TlsContexts& contexts, bool observed,
                                                                     const net::TlsClientOptions& rules) {
    net::TlsClientOptions options;
    options.insecure = true;
    options.least = net::TlsVersion::tls1_0;  // better than in clear, which is what would follow
    if (observed) options.ca_file = rules.ca_file;
    auto made = contexts.get(options);
    if (made || options.ca_file.empty()) return made;
    options.ca_file.clear();  // a file that cannot be read holds nothing up
    return contexts.get(options);
}

/// Usages 0 and 1 say nothing about mail servers (RFC 7672 3.1.3); without a usable record TLS is required all the
/// same, with any certificate (2.2).
std::vector<net::TlsaRecord> usable(const std::vector<net::TlsaRecord>& records) {
    std::vector<net::TlsaRecord> out;
    for (const net::TlsaRecord& record : records)
        if ((record.usage == 2 || record.usage == 3) && record.selector <= 1 && record.matching <= 2)
            out.push_back(record);
    return out;
}

Tls tls_of(Smarthost::Tls tls) {
    switch (tls) {
        case Smarthost::Tls::none:
            return Tls::never;
        case Smarthost::Tls::if_offered:
            return Tls::if_offered;
        case Smarthost::Tls::required:
            return Tls::required;
        case Smarthost::Tls::implicit:
            return Tls::implicit;
    }
    return Tls::required;
}

}  // namespace

/// DANE before MTA-STS (RFC 8461 2) before TLS with anyone.
net::Task<Result<Connector::Security>> Connector::security_of(Attempt& attempt, const std::string& host,
                                                              bool authenticated) {
    Security out;
    out.rules.ca_file = attempt.options.ca_file;
    if (attempt.smarthost) {
        const Smarthost& smarthost = attempt.smarthost->smarthost;
        out.tls = tls_of(smarthost.tls);
        const bool needed = out.tls == Tls::required || out.tls == Tls::implicit;
        out.rules.pinned_sha256 = smarthost.pinned_sha256;
        out.verified = needed && (smarthost.verify || !smarthost.pinned_sha256.empty());
    } else if (attempt.purpose == Purpose::mail) {
        if (attempt.options.dane && attempt.hosts_authenticated && authenticated) {
            auto obeyed = co_await obey_dane(attempt, host, out);
            if (!obeyed) co_return fail(std::move(obeyed.error()));
        }
        if (out.policy.type != TlsPolicy::Type::tlsa)
            if (auto obeyed = obey_sts(attempt, host, out); !obeyed) co_return fail(std::move(obeyed.error()));
    }
    auto made = out.verified ? contexts_.get(out.rules) : any_certificate(contexts_, out.observed, out.rules);
    if (!made) co_return fail(std::move(made.error()));
    out.context = std::move(*made);
    co_return out;
}

net::Task<Result<void>> Connector::obey_dane(const Attempt& attempt, const std::string& host, Security& out) {
    net::DnsQuestion question{net::DnsQuestion::Type::tlsa,
                              "_" + std::to_string(attempt.options.port) + "._tcp." + host};
    const net::DnsAnswer answer = co_await parts_.resolver.ask(std::move(question));
    if (answer.status == net::DnsAnswer::Status::servfail) {  // RFC 7672 2.1.1: not in doubt
        out.policy.type = TlsPolicy::Type::tlsa;
        count(attempt, host, out, TlsFault{TlsResult::dnssec_invalid, ""}, nullptr);
        co_return fail(ErrorKind::unavailable, "the name server does not tell its TLSA records");
    }
    if (answer.status != net::DnsAnswer::Status::ok || !answer.authenticated) co_return Result<void>{};
    out.tls = Tls::required;
    out.policy = {TlsPolicy::Type::tlsa, policy_lines(answer.tlsa)};
    out.rules.dane = usable(answer.tlsa);
    out.verified = !out.rules.dane.empty();
    if (!out.verified) out.fault = TlsFault{TlsResult::tlsa_invalid, "no record with usage 2 or 3"};
    co_return Result<void>{};
}

/// RFC 8461 5: mode testing is looked at and counted, but changes nothing.
Result<void> Connector::obey_sts(const Attempt& attempt, const std::string& host, Security& out) const {
    const auto& [policy, fault] = attempt.policy;
    const bool active = policy && policy->mode != StsPolicy::Mode::none;
    if (!active && !fault) return {};
    out.policy.type = TlsPolicy::Type::sts;
    out.fault = fault;
    if (!active) return {};
    out.policy.lines = policy->lines;
    if (!policy->allows(host))
        out.fault = TlsFault{TlsResult::validation_failure, "the policy does not name this host"};
    if (policy->mode == StsPolicy::Mode::testing) {
        out.observed = true;
        return {};
    }
    out.tls = Tls::required;
    out.verified = true;
    if (!out.fault) return {};
    count(attempt, host, out, out.fault, nullptr);
    return fail(ErrorKind::tls, "the domain's MTA-STS policy does not name this host");
}

/// RFC 8460 4.3. Nothing is counted of a session that never came to TLS for other reasons, nor of one that timed out
/// (4.3.3).
void Connector::count_conversation(const Attempt& attempt, const std::string& host, const Security& security,
                                   const Conversation& conversation, const Result<void>& open) const {
    using Handshake = Conversation::Handshake;
    const bool judged = security.verified || security.observed;
    std::optional<TlsFault> fault = security.fault;
    switch (conversation.handshake()) {
        case Handshake::not_tried:
            if (!open && open.error().kind != ErrorKind::tls) return;
            if (!fault) fault = TlsFault{TlsResult::starttls_not_supported, ""};
            break;
        case Handshake::failed:
            if (open.error().kind == ErrorKind::timeout || open.error().kind == ErrorKind::cancelled) return;
            if (!fault && judged) fault = fault_of(conversation.certificate_verdict());
            if (!fault) fault = TlsFault{TlsResult::validation_failure, "the handshake failed"};
            break;
        case Handshake::done:
            if (!fault && judged) fault = fault_of(conversation.certificate_verdict());
            break;
    }
    count(attempt, host, security, fault, &conversation);
}

void Connector::count(const Attempt& attempt, const std::string& host, const Security& security,
                      const std::optional<TlsFault>& fault, const Conversation* conversation) const {
    const bool of_no_domain = attempt.smarthost || attempt.domain.starts_with('[');
    if (parts_.counts == nullptr || !attempt.options.tls_reports || attempt.purpose != Purpose::mail || of_no_domain)
        return;
    TlsSession session;
    session.domain = to_lower(to_dns_name(attempt.domain));
    session.policy = security.policy;
    session.host = host;
    if (fault) {
        session.result = fault->result;
        session.reason = fault->reason;
    }
    if (conversation != nullptr) {
        session.sending_ip = conversation->local_ip();
        session.receiving_ip = conversation->peer_ip();
    }
    parts_.counts->add(std::move(session), parts_.clock.now());
}

}  // namespace restante::relay
