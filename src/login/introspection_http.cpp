// The question and its answer over HTTP/1.1.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/text.hpp"
#include "login/introspection.hpp"
#include "net/connect.hpp"
#include "net/stream.hpp"
#include "net/watchdog.hpp"

namespace restante::login {
namespace {
namespace http = boost::beast::http;
using Parser = http::response_parser<http::string_body>;
constexpr std::size_t longest_answer = 64 * 1024;  // octets of the body

/// application/x-www-form-urlencoded
std::string form_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view("-._~").find(c) != std::string_view::npos;
        if (safe)
            out += c;
        else
            (out += '%') += to_hex({&c, 1});
    }
    return out;
}

tl::unexpected<Error> no_answer(const Error& error) {
    Error out = error;
    out.detail = "the OAuth server cannot be asked: " + error.detail;
    out.retry = Retry::later;
    return fail(std::move(out));
}

net::Task<Result<std::string>> receive(net::Stream& stream) {
    Parser parser;
    parser.eager(true);
    parser.body_limit(longest_answer);
    std::string buffer;
    char chunk[4096];
    while (!parser.is_done()) {
        const auto got = co_await stream.read_some(chunk);
        if (!got) co_return no_answer(got.error());
        boost::beast::error_code failed;
        if (*got == 0) {
            parser.put_eof(failed);
            if (failed || !parser.is_done())
                co_return fail(ErrorKind::protocol, "the OAuth server broke off in its answer");
            break;
        }
        buffer.append(chunk, *got);
        const std::size_t used = parser.put(boost::asio::buffer(buffer), failed);
        buffer.erase(0, used);
        if (failed && failed != http::error::need_more)
            co_return fail(ErrorKind::protocol, "the OAuth server does not speak proper HTTP: " + failed.message());
    }
    if (parser.get().result_int() != 200)
        co_return fail(ErrorKind::unavailable,
                       "the OAuth server answered " + std::to_string(parser.get().result_int()) + ", not 200");
    co_return std::move(parser.get().body());
}
}  // namespace

/// RFC 7662 2.1. The client's credentials go as RFC 6749 2.3.1 wants them: form-encoded, then Basic.
std::string Introspection::request_of(const std::string& token) const {
    const std::string body = "token=" + form_encode(token) + "&token_type_hint=access_token";
    const bool literal = endpoint_.host.find(':') != std::string::npos;
    std::string out = "POST " + endpoint_.target + " HTTP/1.1\r\nHost: " +
                      (literal ? '[' + endpoint_.host + ']' : endpoint_.host) + ':' + std::to_string(endpoint_.port) +
                      "\r\nAccept: application/json\r\nConnection: close\r\n"
                      "Content-Type: application/x-www-form-urlencoded\r\n";
    if (!options_.client_id.empty())
        out += "Authorization: Basic " +
               base64_encode(form_encode(options_.client_id) + ':' + form_encode(options_.client_secret)) + "\r\n";
    return out + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

net::Task<Result<std::string>> Introspection::ask(const std::string& token) {
    net::ConnectOptions how;
    how.timeout = options_.timeout;
    // A token and the client's secret in clear stay on this machine.
    if (!endpoint_.tls) how.deny = [](const net::Address& address) { return !address.is_loopback(); };
    auto stream = co_await net::connect(resolver_, endpoint_.host, endpoint_.port, how);
    if (!stream) co_return no_answer(stream.error());
    net::Watchdog watchdog(*stream);
    watchdog.extend(options_.timeout);
    if (endpoint_.tls) {
        const auto shaken = co_await stream->start_tls_client(tls_, endpoint_.host);
        if (!shaken) co_return no_answer(shaken.error());
    }
    const std::string request = request_of(token);
    const auto sent = co_await stream->write_all(request);
    if (!sent) co_return no_answer(sent.error());
    auto answer = co_await receive(*stream);
    co_return std::move(answer);
}

}  // namespace restante::login
