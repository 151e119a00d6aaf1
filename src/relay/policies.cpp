#include "relay/policies.hpp"

#include "base/text.hpp"
#include "relay/https.hpp"
#include "relay/route.hpp"

namespace restante::relay {
namespace {
constexpr std::size_t kMostPolicyOctets = 65'536;    // RFC 8461 3.2 suggests this much of a policy
constexpr std::chrono::seconds kFetchPatience{60};  // RFC 8461 3.3

constexpr db::Migration kPolicyMigrations[] = {
    {"mta_sts", 1,
     "CREATE TABLE relay_sts(domain TEXT PRIMARY KEY, id TEXT NOT NULL, policy TEXT NOT NULL, expires_at BIGINT NOT "
     "NULL);"},
};

/// RFC 8460 4.3.2.2.
TlsFault fetch_fault(const Error& error) {
    if (error.kind == ErrorKind::tls) return {TlsResult::sts_webpki_invalid, ""};
    return {TlsResult::sts_policy_fetch_error, ""};
}
}  // namespace

Result<std::unique_ptr<Policies>> Policies::open(const Parts& parts) {
    if (auto migrated = parts.database.migrate(kPolicyMigrations); !migrated) return fail(std::move(migrated.error()));
    return std::unique_ptr<Policies>(new Policies(parts));
}

Result<std::optional<Policies::Known>> Policies::load(const std::string& domain) {
    std::optional<Known> out;
    auto done = parts_.database.read([&](db::Session& session) {
        return session.query(
            "SELECT id, policy, expires_at FROM relay_sts WHERE domain = $1", {std::string_view(domain)},
            [&](const db::Row& row) {
                out = Known{std::string(row.text(0)), std::string(row.text(1)), from_micros(row.integer(2))};
            });
    });
    if (!done) return fail(std::move(done.error()));
    return out;
}

Result<void> Policies::keep(const std::string& domain, const Known& known) {
    auto done = parts_.database.write([&](db::Session& session) {
        return session.execute(
            "INSERT INTO relay_sts(domain, id, policy, expires_at) VALUES($1, $2, $3, $4)"
            " ON CONFLICT(domain) DO UPDATE SET id = $2, policy = $3, expires_at = $4",
            {std::string_view(domain), std::string_view(known.id), std::string_view(known.text),
             to_micros(known.expires_at)});
    });
    if (!done) return fail(std::move(done.error()));
    return {};
}

/// 200 and text/plain: redirects are not followed (RFC 8461 3.3).
net::Task<Result<std::string>> Policies::fetch(std::string domain, Options options) {
    HttpsRequest request;
    request.host = "mta-sts." + domain;
    request.port = options.policy_port;
    request.target = "/.well-known/mta-sts.txt";
    request.ca_file = options.ca_file;
    request.most_octets = kMostPolicyOctets;
    request.patience = kFetchPatience;
    request.allow_internal = options.allow_internal;
    auto reply = co_await ask_https(parts_.resolver, parts_.work, std::move(request));
    if (!reply) co_return fail(std::move(reply.error()));
    if (reply->status != 200) co_return fail(ErrorKind::not_found, "the answer is " + std::to_string(reply->status));
    if (!istarts_with(reply->content_type, "text/plain"))
        co_return fail(ErrorKind::protocol, "the policy is not text/plain");
    co_return std::move(reply->body);
}

/// Puts a new policy into `known`; what hinders it is the fault, and what was known stays.
net::Task<std::optional<TlsFault>> Policies::renew(std::string name, std::string id, Options options,
                                                   std::optional<Known>& known) {
    auto text = co_await fetch(name, options);
    const auto policy = text ? parse_sts_policy(*text) : std::nullopt;
    if (!policy) {
        parts_.log.warn("relay.policy_unreadable",
                        {{"domain", name}, {"reason", text ? "malformed" : text.error().detail}});
        if (!text) co_return fetch_fault(text.error());
        co_return TlsFault{TlsResult::sts_policy_invalid, ""};
    }
    known = Known{std::move(id), std::move(*text), parts_.clock.now() + policy->max_age};
    const auto kept = co_await parts_.work.run([&] { return keep(name, *known); });
    if (!kept) parts_.log.error("relay.policy_unwritable", {{"domain", name}, {"reason", kept.error().detail}});
    co_return std::nullopt;
}

net::Task<Policies::Found> Policies::find(std::string domain, Options options) {
    Found out;
    const std::string name = to_dns_name(domain);
    if (!options.mta_sts || domain.starts_with('[') || name.empty()) co_return out;
    net::DnsQuestion question{net::DnsQuestion::Type::txt, "_mta-sts." + name};
    const net::DnsAnswer answer = co_await parts_.resolver.ask(std::move(question));
    const std::optional<std::string> id = sts_id(answer.texts);
    auto loaded = co_await parts_.work.run([&] { return load(name); });
    std::optional<Known> known = loaded ? std::move(*loaded) : std::nullopt;
    if (known && known->expires_at <= parts_.clock.now()) known.reset();
    if (id && (!known || known->id != *id)) out.fault = co_await renew(name, *id, options, known);
    if (known) {
        out.policy = parse_sts_policy(known->text);
        out.fault.reset();
    }
    co_return out;
}

}  // namespace restante::relay
