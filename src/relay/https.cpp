#include "relay/https.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/connect.hpp"
#include "net/tls_context.hpp"
#include "net/watchdog.hpp"
#include "relay/route.hpp"

namespace restante::relay {
namespace {
namespace http = boost::beast::http;

/// Of a whole response.
Result<HttpsReply> read_reply(const std::string& bytes, std::size_t most) {
    http::response_parser<http::string_body> parser;
    parser.body_limit(most);
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
    return HttpsReply{parser.get().result_int(), std::string(parser.get()[http::field::content_type]),
                      parser.get().body()};
}

std::string request_head(const HttpsRequest& request) {
    std::string out = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + request.host;
    if (request.port != 443) out += ":" + std::to_string(request.port);
    out += "\r\nConnection: close\r\n";
    if (!request.content_type.empty())
        out += "Content-Type: " + request.content_type + "\r\nContent-Length: " + std::to_string(request.body.size()) +
               "\r\n";
    return out + "\r\n";
}

net::Task<Result<HttpsReply>> ask(net::WorkPool& work, const net::Address& address, const HttpsRequest& request) {
    net::TlsClientOptions rules;
    rules.ca_file = request.ca_file;
    rules.insecure = request.any_certificate;
    auto context = net::TlsClientContext::make(rules);
    if (!context) co_return fail(std::move(context.error()));
    net::ConnectOptions options;
    options.timeout = request.patience;
    auto stream = co_await net::connect(work, address.ip(), address.port(), options);
    if (!stream) co_return fail(std::move(stream.error()));
    net::Watchdog watchdog(*stream);
    watchdog.extend(request.patience);
    if (auto secured = co_await stream->start_tls_client(*context, request.host); !secured)
        co_return fail(std::move(secured.error()));
    const std::string sending = request_head(request) + request.body;
    if (auto sent = co_await stream->write_all(sending); !sent) co_return fail(std::move(sent.error()));
    std::string answer, buffer(8'192, '\0');
    while (answer.size() < 2 * request.most_octets) {
        auto got = co_await stream->read_some(buffer);
        if (!got && answer.empty()) co_return fail(std::move(got.error()));
        if (!got || *got == 0) break;  // cut off or ended: the parser sees what is missing
        answer.append(buffer, 0, *got);
    }
    co_return read_reply(answer, request.most_octets);
}
}  // namespace

net::Task<Result<HttpsReply>> ask_https(net::Resolver& resolver, net::WorkPool& work, HttpsRequest request) {
    std::function<bool(const net::Address&)> deny = [allowed = request.allow_internal](const net::Address& a) {
        return !allowed && a.is_internal();
    };
    const HostAddresses found = co_await find_addresses(resolver, request.host, request.port, false, std::move(deny));
    if (found.none) co_return fail(ErrorKind::unavailable, found.none->text);
    Error last;
    for (const net::Address& address : found.addresses) {
        auto reply = co_await ask(work, address, request);
        if (reply) co_return reply;
        last = std::move(reply.error());
    }
    co_return fail(std::move(last));
}

}  // namespace restante::relay
