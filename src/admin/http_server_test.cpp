#include "admin/http_server.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "admin/client.hpp"
#include "net/net_fixture.hpp"

namespace restante::admin {
namespace {
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

net::Task<Result<Response>> slow_echo(Request request) {
    const Result<> slept = co_await net::sleep_for(1ms);
    if (!slept) co_return fail(slept.error());
    if (request.query == "fail=1") throw std::runtime_error("broken");
    co_return Response::text("async");
}

Result<Response> describe(const Request& r) {
    return Response::text(r.method + (r.tls ? " tls" : " clear") +
                          (r.unix_user ? " uid " + std::to_string(*r.unix_user) : ""));
}

class CountingSink final : public BodySink {
public:
    net::Task<Result<void>> take(std::string piece) override {
        octets_ += piece.size();
        if (piece.find('!') != std::string::npos) co_return fail(ErrorKind::invalid, "no exclamation marks");
        co_return Result<void>{};
    }
    net::Task<Result<Response>> finish() override { co_return Response::text(std::to_string(octets_)); }

private:
    std::size_t octets_ = 0;
};

class HttpServerTest : public net::NetTest {
protected:
    HttpServerTest() {
        router.schemas().add({"Note", "", {field("text", Type::string).required().length(0, 200'000)}});
        router.add({.method = "GET",
                    .path = "/d",
                    .operation = "describe",
                    .summary = "",
                    .access = Access::open,
                    .handler = describe});
        router.add({.method = "POST",
                    .path = "/note",
                    .operation = "note",
                    .summary = "",
                    .access = Access::open,
                    .request = "Note",
                    .handler = [](const Request& r) -> Result<Response> {
                        return Response::text(std::to_string(r.body.size()));
                    }});
        router.add({.method = "GET",
                    .path = "/slow",
                    .operation = "slow",
                    .summary = "",
                    .access = Access::open,
                    .query = {field("fail", Type::string)},
                    .async_handler = slow_echo});
        router.add({.method = "POST",
                    .path = "/count",
                    .operation = "count",
                    .summary = "",
                    .access = Access::open,
                    .sink_handler = [](const Request& r) -> Result<std::unique_ptr<BodySink>> {
                        if (!r.header("X-No").empty()) return fail(ErrorKind::busy, "not now");
                        return std::make_unique<CountingSink>();
                    },
                    .media_type = "text/plain"});
        router.add({.method = "POST",
                    .path = "/stop",
                    .operation = "stop",
                    .summary = "",
                    .access = Access::open,
                    .handler = [this](const Request&) -> Result<Response> {
                        server.stop();
                        return Response::text("stopping");
                    }});
        std::string pattern = testing::TempDir() + "restante-http-XXXXXX";
        directory = ::mkdtemp(pattern.data());
        EXPECT_TRUE(listener.start());
    }
    ~HttpServerTest() override { std::filesystem::remove_all(directory); }

    net::Task<> session(net::Stream stream) { return server.serve(std::move(stream)); }

    /// Sends bytes as they are and returns all the server says until it closes.
    std::string raw(const std::string& bytes) {
        const net::Address at = listener.addresses()[0];
        return net::run_blocking(io.executor(0), exchange(work, at, bytes));
    }
    static net::Task<std::string> exchange(net::WorkPool& pool, net::Address at, std::string bytes) {
        const std::string host = at.ip();
        auto stream = co_await net::connect(pool, host, at.port());
        if (!stream) co_return "cannot connect";
        const Result<> sent = co_await stream->write_all(bytes);
        std::string all = co_await net::read_to_end(*stream);
        co_return all;
    }
    static std::size_t count(const std::string& text, const std::string& part) {
        std::size_t n = 0;
        for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
        return n;
    }

    Router router{log};
    Metrics metrics;
    HttpServer server{router,
                      work,
                      log,
                      metrics,
                      {.header_limit = 2000,
                       .body_limit = 100'000,
                       .idle_timeout = 200ms,
                       .header_timeout = 200ms,
                       .body_timeout = 200ms}};
    net::Listener listener{
        "http", io, group, log, {.binds = {"127.0.0.1:0"}}, [this](net::Stream s) { return session(std::move(s)); }};
    std::string directory;
};

TEST_F(HttpServerTest, KeepsAliveAndAnswersPipelinedRequestsInOrder) {
    const std::string all =
        raw("GET /d HTTP/1.1\r\nHost: x\r\n\r\nHEAD /d HTTP/1.1\r\nHost: x\r\n\r\n"
            "GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(count(all, "HTTP/1.1 200 OK\r\n"), 3u);
    EXPECT_EQ(count(all, "GET clear"), 1u);
    EXPECT_EQ(count(all, "HEAD clear"), 0u);
    EXPECT_EQ(count(all, "Content-Length: 10\r\n"), 1u) << "HEAD tells the length of the body it leaves out";
    EXPECT_THAT(all, testing::EndsWith("\r\n\r\nasync"));
    EXPECT_THAT(all, HasSubstr("Date: "));
}

TEST_F(HttpServerTest, TakesChunkedBodiesAndSaysContinue) {
    EXPECT_THAT(raw("POST /note HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
                    "application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "5\r\n{\"tex\r\n8;a=b\r\nt\":\"hi\"}\r\n0\r\nX: y\r\n\r\n"),
                testing::EndsWith("\r\n\r\n13"));
    const std::string all =
        raw("POST /note HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nExpect: "
            "100-continue\r\n"
            "Content-Length: 13\r\n\r\n{\"text\":\"hi\"}");
    EXPECT_THAT(all, StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServerTest, GivesABodyOfAnySizeToItsSink) {
    std::size_t left = 40;
    const auto next = [&left]() -> Result<std::string> { return left-- > 0 ? std::string(100'000, 'x') : std::string(); };
    const auto reply = Client(listener.addresses()[0]).upload("/count", "text/plain", next);
    ASSERT_TRUE(reply) << reply.error().detail;
    EXPECT_EQ(reply->body, "4000000");
    const std::string twice = "POST /count HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc";
    EXPECT_EQ(count(raw(twice + twice), "HTTP/1.1 200 OK"), 2u) << "the connection goes on behind it";
}

TEST_F(HttpServerTest, AnswersWhileABodyIsStillComing) {
    std::size_t asked = 0;
    const auto endless = [&asked]() -> Result<std::string> { return ++asked == 3 ? std::string("!") : std::string(50'000, 'x'); };
    const auto reply = Client(listener.addresses()[0]).upload("/count", "text/plain", endless);
    ASSERT_TRUE(reply) << reply.error().detail;
    EXPECT_EQ(reply->status, 400);
    EXPECT_THAT(raw("POST /count HTTP/1.1\r\nHost: x\r\nX-No: 1\r\nContent-Type: text/plain\r\nContent-Length: 999999999\r\n\r\n"),
                StartsWith("HTTP/1.1 409"));
    EXPECT_THAT(raw("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"), StartsWith("HTTP/1.1 415"));
}

TEST_F(HttpServerTest, RefusesWhatIsTooLargeOrWrong) {
    EXPECT_THAT(raw("POST /note HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\nExpect: 100-continue\r\n\r\n"),
                AllOf(StartsWith("HTTP/1.1 413 Content Too Large\r\n"), HasSubstr("Connection: close"),
                      HasSubstr("application/problem+json")));
    EXPECT_THAT(raw("POST /note HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n186A1\r\n" +
                    std::string(100'001, 'x')),
                StartsWith("HTTP/1.1 413"));
    EXPECT_THAT(raw("GET /d HTTP/1.1\r\nHost: x\r\nX: " + std::string(3000, 'x') + "\r\n\r\n"),
                StartsWith("HTTP/1.1 431"));
    EXPECT_THAT(raw("GET /d HTTP/1.1\r\n\r\n"), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("Host")));
    EXPECT_THAT(raw("GET /d HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"), StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(raw("GET /d HTTP/2.0\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 505"));
    EXPECT_THAT(raw("EHLO mail\r\n\r\n"), StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(raw("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"), StartsWith("HTTP/1.1 404"));
    // Request smuggling: two lengths, or a length and chunks.
    EXPECT_THAT(
        raw("POST /note HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(raw("POST /note HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n123456"),
                StartsWith("HTTP/1.1 400"));
}

/// How much of a body could be sent after the answer had come; a server that just closes resets the connection.
net::Task<int> send_after_refusal(net::WorkPool& pool, net::Address at) {
    const std::string host = at.ip();
    auto stream = co_await net::connect(pool, host, at.port());
    const Result<> asked =
        co_await stream->write_all("POST /note HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n");
    const std::string all = co_await net::read_to_end(*stream);
    EXPECT_THAT(all, AllOf(StartsWith("HTTP/1.1 413"), testing::EndsWith("}")));
    int sent = 0;
    for (; sent < 5; ++sent) {
        const Result<> more = co_await stream->write_all("xxxx");
        if (!more) break;
        (void)co_await net::sleep_for(5ms);
    }
    co_return asked ? sent : -1;
}

TEST_F(HttpServerTest, ARefusedBodyIsStillTakenForAWhile) {
    EXPECT_EQ(net::run_blocking(io.executor(0), send_after_refusal(work, listener.addresses()[0])), 5);
}

TEST_F(HttpServerTest, SlowRequestsAreCutOff) {
    EXPECT_THAT(raw("GET /d HT"), StartsWith("HTTP/1.1 408"));
    EXPECT_THAT(raw("POST /note HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"),
                StartsWith("HTTP/1.1 408"));
    EXPECT_EQ(raw(""), "");
}

TEST_F(HttpServerTest, Http10ClosesAfterItsAnswer) {
    EXPECT_THAT(raw("GET /d HTTP/1.0\r\n\r\n"),
                AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Connection: close\r\n")));
}

TEST_F(HttpServerTest, StoppingEndsConnectionsAfterTheirRequest) {
    const std::string all = raw("POST /stop HTTP/1.1\r\nHost: x\r\n\r\nGET /d HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(all, HasSubstr("Connection: close\r\n"));
    EXPECT_EQ(count(all, "200 OK"), 1u);
}

TEST_F(HttpServerTest, StoppingDismissesIdleConnections) {
    const auto began = std::chrono::steady_clock::now();
    HttpServer patient(router, work, log, metrics, {.idle_timeout = 60s, .header_timeout = 60s});
    net::Listener other("http", io, group, log, {.binds = {"127.0.0.1:0"}},
                        [&](net::Stream s) { return patient.serve(std::move(s)); });
    ASSERT_TRUE(other.start());
    auto idle = std::async(std::launch::async, [&] {
        return net::run_blocking(io.executor(0),
                                 exchange(work, other.addresses()[0], "GET /d HTTP/1.1\r\nHost: x\r\n\r\n"));
    });
    while (metrics.prometheus().find("route=\"/d\"") == std::string::npos) std::this_thread::yield();
    patient.stop();
    EXPECT_THAT(idle.get(), HasSubstr("200 OK"));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 30s);
    other.stop();
    group.cancel();
    EXPECT_TRUE(group.wait(10s));
}

TEST_F(HttpServerTest, AsyncHandlersMayFail) {
    EXPECT_THAT(raw("GET /slow?fail=1 HTTP/1.0\r\n\r\n"), AllOf(StartsWith("HTTP/1.1 500"), Not(HasSubstr("broken"))));
    EXPECT_THAT(log.text(), HasSubstr("broken"));
}

TEST_F(HttpServerTest, CountsByRouteNotByPath) {
    raw("GET /d HTTP/1.0\r\n\r\n");
    raw("GET /%61%62 HTTP/1.0\r\n\r\n");
    EXPECT_THAT(metrics.prometheus(),
                AllOf(HasSubstr(R"(restante_http_requests_total{method="GET",route="/d",status="200"} 1)"),
                      HasSubstr(R"(restante_http_requests_total{method="none",route="none",status="404"} 1)")));
}

TEST_F(HttpServerTest, TheClientTalksOverTcpAndUnixSockets) {
    const std::string path = directory + "/s";
    net::Listener local("http", io, group, log, {.binds = {"unix:" + path}},
                        [this](net::Stream s) { return session(std::move(s)); });
    ASSERT_TRUE(local.start());
    const auto answer = Client(net::Address::unix_socket(path)).request("GET", "/d");
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->body, "GET clear uid " + std::to_string(::getuid()));
    const Client tcp(listener.addresses()[0]);
    const auto note = tcp.request("POST", "/note", R"({"text":")" + std::string(50'000, 'x') + R"("})");
    ASSERT_TRUE(note) << note.error().detail;
    EXPECT_EQ(note->status, 200);
    EXPECT_EQ(note->body, "50011");
    const auto too_large = tcp.request("POST", "/note", std::string(200'000, 'x'));
    ASSERT_TRUE(too_large) << too_large.error().detail;
    EXPECT_EQ(too_large->status, 413);
    const auto head = tcp.request("HEAD", "/d");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->body, "");
    const auto nobody = Client(net::Address::unix_socket(directory + "/none")).request("GET", "/d");
    ASSERT_FALSE(nobody);
    EXPECT_THAT(nobody.error().detail, HasSubstr("is the server running?"));
}

TEST_F(HttpServerTest, ServesUnderTls) {
    const auto pem = *net::make_self_signed({"127.0.0.1"}, 1);
    net::LiveTlsContext live(*net::TlsServerContext::make(
        {.certificate_chain_pem = pem.certificate_pem, .private_key_pem = pem.private_key_pem}));
    struct Run {
        static net::Task<std::string> ask(net::WorkPool& pool, net::Address at, std::string ca) {
            const std::string host = at.ip();
            auto stream = co_await net::connect(pool, host, at.port());
            const auto context = net::TlsClientContext::make({.ca_pem = ca});
            const Result<> shaken = co_await stream->start_tls_client(*context, host);
            if (!shaken) co_return shaken.error().detail;
            const Result<> sent = co_await stream->write_all("GET /d HTTP/1.0\r\n\r\n");
            std::string all = co_await net::read_to_end(*stream);
            co_return all;
        }
    };
    net::Listener secure("https", io, group, log, {.binds = {"127.0.0.1:0"}},
                         [&](net::Stream s) { return server.serve_tls(std::move(s), live); });
    ASSERT_TRUE(secure.start());
    EXPECT_THAT(net::run_blocking(io.executor(0), Run::ask(work, secure.addresses()[0], pem.certificate_pem)),
                testing::EndsWith("GET tls"));
    secure.stop();
    group.cancel();
    EXPECT_TRUE(group.wait(10s));
}

}  // namespace
}  // namespace restante::admin
