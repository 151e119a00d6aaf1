#include "relay/policies.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/text.hpp"
#include "net/connect.hpp"
#include "net/tls_context.hpp"
#include "net/watchdog.hpp"
#include "relay/route.hpp"

namespace restante::relay {
namespace {
namespace http = boost::beast::http;
constexpr std::size_t kMostOctets = 65'536;    // RFC 8461 3.2 suggests this much of a policy
constexpr std::chrono::seconds kPatience{60};  // RFC 8461 3.3

constexpr db::Migration kMigrations[] = {
    {"mta_sts", 1,
     "CREATE TABLE relay_sts(domain TEXT PRIMARY KEY, id TEXT NOT NULL, policy TEXT NOT NULL, expires_at BIGINT NOT "
     "NULL);"},
};

/// The body of a whole response, which must be 200 and text/plain: redirects are not followed (RFC 8461 3.3).
Result<std::string> body_of(const std::string& bytes) {
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMostOctets);
    parser.eager(true);
    boost::system::error_code error;
    std::size_t used = parser.put(boost::asio::buffer(bytes), error);
    while (!error && !parser.is_done() && used < bytes.size()) {
        const std::size_t more = parser.put(boost::asio::buffer(bytes) + used, error);
        if (more == 0) break;
        used += more;
    }
    if (!error && !parser.is_done()) parser.put_eof(error);
    if (error || !parser.is_done()) return fail(ErrorKind::protocol, "the answer is not HTTP");
    if (parser.get().result_int() != 200)
        return fail(ErrorKind::not_found, "the answer is " + std::to_string(parser.get().result_int()));
    const std::string type(parser.get()[http::field::content_type]);
    if (!istarts_with(type, "text/plain")) return fail(ErrorKind::protocol, "the policy is not text/plain");
    return parser.get().body();
}

net::Task<Result<std::string>> ask(net::WorkPool& work, net::Address address, std::string host, std::string ca_file) {
    net::TlsClientOptions rules;
    rules.ca_file = std::move(ca_file);
    auto context = net::TlsClientContext::make(rules);
    if (!context) co_return fail(std::move(context.error()));
    net::ConnectOptions options;
    options.timeout = kPatience;
    auto stream = co_await net::connect(work, address.ip(), address.port(), options);
    if (!stream) co_return fail(std::move(stream.error()));
    net::Watchdog watchdog(*stream);
    watchdog.extend(kPatience);
    if (auto secured = co_await stream->start_tls_client(*context, host); !secured)
        co_return fail(std::move(secured.error()));
    const std::string request =
        "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
    if (auto sent = co_await stream->write_all(request); !sent) co_return fail(std::move(sent.error()));
    std::string answer, buffer(8'192, '\0');
    while (answer.size() < 2 * kMostOctets) {
        auto got = co_await stream->read_some(buffer);
        if (!got && answer.empty()) co_return fail(std::move(got.error()));
        if (!got || *got == 0) break;  // cut off or ended: the parser sees what is missing
        answer.append(buffer, 0, *got);
    }
    co_return body_of(answer);
}
}  // namespace

Result<std::unique_ptr<Policies>> Policies::open(const Parts& parts) {
    if (auto migrated = parts.database.migrate(kMigrations); !migrated) return fail(std::move(migrated.error()));
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

net::Task<Result<std::string>> Policies::fetch(std::string domain, Options options) {
    const std::string host = "mta-sts." + domain;
    std::function<bool(const net::Address&)> deny = [allowed = options.allow_internal](const net::Address& a) {
        return !allowed && a.is_internal();
    };
    const HostAddresses found =
        co_await find_addresses(parts_.resolver, host, options.policy_port, false, std::move(deny));
    if (found.none) co_return fail(ErrorKind::unavailable, found.none->text);
    Error last;
    for (const net::Address& address : found.addresses) {
        auto text = co_await ask(parts_.work, address, host, options.ca_file);
        if (text) co_return text;
        last = std::move(text.error());
    }
    co_return fail(std::move(last));
}

net::Task<std::optional<StsPolicy>> Policies::find(std::string domain, Options options) {
    const std::string name = to_dns_name(domain);
    if (!options.mta_sts || domain.starts_with('[') || name.empty()) co_return std::nullopt;
    net::DnsQuestion question{net::DnsQuestion::Type::txt, "_mta-sts." + name};
    const net::DnsAnswer answer = co_await parts_.resolver.ask(std::move(question));
    const std::optional<std::string> id = sts_id(answer.texts);
    auto loaded = co_await parts_.work.run([&] { return load(name); });
    std::optional<Known> known = loaded ? std::move(*loaded) : std::nullopt;
    if (known && known->expires_at <= parts_.clock.now()) known.reset();
    if (id && (!known || known->id != *id)) {
        auto text = co_await fetch(name, options);
        const auto policy = text ? parse_sts_policy(*text) : std::nullopt;
        if (policy) {
            known = Known{*id, std::move(*text), parts_.clock.now() + policy->max_age};
            const auto kept = co_await parts_.work.run([&] { return keep(name, *known); });
            if (!kept)
                parts_.log.error("relay.policy_unwritable", {{"domain", domain}, {"reason", kept.error().detail}});
        } else {
            parts_.log.warn("relay.policy_unreadable",
                            {{"domain", domain}, {"reason", text ? "malformed" : text.error().detail}});
        }
    }
    if (!known) co_return std::nullopt;
    co_return parse_sts_policy(known->text);
}

}  // namespace restante::relay
