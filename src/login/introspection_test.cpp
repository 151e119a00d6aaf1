#include "login/introspection.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <thread>
#include <vector>

#include "net/net_fixture.hpp"

namespace restante::login {
namespace {
using namespace std::chrono_literals;

TEST(Endpoint, TakenApart) {
    const auto full = parse_endpoint("https://auth.example.org:8443/oauth/introspect?x=1");
    ASSERT_TRUE(full);
    EXPECT_TRUE(full->tls);
    EXPECT_EQ(full->host, "auth.example.org");
    EXPECT_EQ(full->port, 8443);
    EXPECT_EQ(full->target, "/oauth/introspect?x=1");
    const auto bare = parse_endpoint("HTTP://[::1]");
    ASSERT_TRUE(bare);
    EXPECT_EQ(bare->host, "::1");
    EXPECT_EQ(bare->port, 80);
    EXPECT_EQ(bare->target, "/");
    EXPECT_EQ(parse_endpoint("https://[::1]:5/x")->port, 5);
    EXPECT_EQ(parse_endpoint("https://a?q")->target, "/?q");
    for (const char* url : {"", "ftp://x/", "https://", "https:///x", "https://h:0/", "https://h:99999/", "https://h:x/",
                            "https://h /x", "https://h/x\r\ny", "https://user@h/", "https://h/#f"})
        EXPECT_FALSE(parse_endpoint(url)) << url;
}

// RFC 7662 2.2
TEST(ReadIntrospection, OnlyActiveTokensWithTheScopeHaveAnOwner) {
    OAuthOptions options;
    const auto good = read_introspection(R"({"active":true,"username":"bob","exp":1419356238})", options);
    ASSERT_TRUE(good && *good);
    EXPECT_EQ((*good)->name, "bob");
    EXPECT_EQ((*good)->expires, 1419356238);
    EXPECT_EQ(*read_introspection(R"({"active":false,"username":"bob"})", options), std::nullopt);
    options.owner_field = "sub";
    EXPECT_EQ((**read_introspection(R"({"active":true,"username":"x","sub":"bob"})", options)).name, "bob");
    options.scope = "mail";
    EXPECT_TRUE(*read_introspection(R"({"active":true,"sub":"bob","scope":"a mail b"})", options));
    EXPECT_FALSE(*read_introspection(R"({"active":true,"sub":"bob","scope":"amail"})", options));
    EXPECT_FALSE(*read_introspection(R"({"active":true,"sub":"bob"})", options));
}

TEST(ReadIntrospection, OtherAnswersAreErrors) {
    for (const char* text : {"", "{", "[]", "true", "{}", R"({"active":"true"})", R"({"active":true})",
                             R"({"active":true,"username":""})", R"({"active":true,"username":5})"}) {
        const auto answer = read_introspection(text, {});
        ASSERT_FALSE(answer) << text;
        EXPECT_EQ(answer.error().kind, ErrorKind::protocol);
    }
    EXPECT_FALSE(read_introspection(std::string(100'000, '['), {}));
}

/// Answers every connection with the same text after it has heard a whole question, or not at all.
class Server {
public:
    explicit Server(std::string answer) : answer_(std::move(answer)), fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), length), 0);
        EXPECT_EQ(::listen(fd_, 8), 0);
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~Server() {
        ::shutdown(fd_, SHUT_RDWR);
        thread_.join();
        ::close(fd_);
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/introspect"; }
    std::vector<std::string> questions() {
        const std::scoped_lock lock(mutex_);
        return questions_;
    }

private:
    void serve() {
        for (int client; (client = ::accept(fd_, nullptr, nullptr)) >= 0; ::close(client)) {
            std::string question;
            char buffer[4096];
            while (question.find("token_type_hint=access_token") == std::string::npos) {
                const ssize_t got = ::recv(client, buffer, sizeof buffer, 0);
                if (got <= 0) break;
                question.append(buffer, static_cast<std::size_t>(got));
            }
            {
                const std::scoped_lock lock(mutex_);
                questions_.push_back(question);
            }
            if (answer_.empty())
                ::recv(client, buffer, 1, 0);  // until the other side has had enough
            else
                ::send(client, answer_.data(), answer_.size(), MSG_NOSIGNAL);
        }
    }

    const std::string answer_;
    int fd_;
    std::uint16_t port_ = 0;
    std::mutex mutex_;
    std::vector<std::string> questions_;
    std::thread thread_;
};

std::string with_body(const std::string& body, const char* status = "200 OK") {
    return std::string("HTTP/1.1 ") + status + "\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

class IntrospectionTest : public net::NetTest {
protected:
    Result<std::optional<std::string>> ask(Introspection& introspection, std::string token = "a+b/c=") {
        return net::run_blocking(io.executor(0), introspection.owner_of(std::move(token)));
    }
    std::unique_ptr<Introspection> make(const Server& server, OAuthOptions options = {}) {
        options.introspection_url = server.url();
        auto made = Introspection::make(options, work, clock_);
        EXPECT_TRUE(made);
        return std::move(*made);
    }
    ManualClock clock_{Timestamp{std::chrono::seconds{1'000'000}}};
};

// RFC 7662 2.1, RFC 6749 2.3.1
TEST_F(IntrospectionTest, AsksAsTheRfcSays) {
    Server server(with_body(R"({"active":true,"username":"bob"})"));
    OAuthOptions options;
    options.client_id = "us:er";
    options.client_secret = "p w";
    const auto owner = ask(*make(server, options));
    ASSERT_TRUE(owner) << owner.error().detail;
    EXPECT_EQ(*owner, "bob");
    const std::string question = server.questions().at(0);
    EXPECT_TRUE(question.starts_with("POST /introspect HTTP/1.1\r\n")) << question;
    EXPECT_NE(question.find("\r\nAuthorization: Basic dXMlM2FlcjpwJTIwdw==\r\n"), std::string::npos) << question;
    EXPECT_NE(question.find("\r\n\r\ntoken=a%2bb%2fc%3d&token_type_hint=access_token"), std::string::npos) << question;
}

TEST_F(IntrospectionTest, GoodAnswersAreRememberedForAWhileRefusalsNever) {
    Server server(with_body(R"({"active":true,"username":"bob"})"));
    const auto introspection = make(server);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(*ask(*introspection), "bob");
    EXPECT_EQ(server.questions().size(), 1U);
    EXPECT_EQ(*ask(*introspection, "another"), "bob");
    EXPECT_EQ(server.questions().size(), 2U);

    Server refusing(with_body(R"({"active":false})"));
    const auto other = make(refusing);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(*ask(*other), std::nullopt);
    EXPECT_EQ(refusing.questions().size(), 2U);
}

TEST_F(IntrospectionTest, NothingIsRememberedBeyondItsEndOrWhenTurnedOff) {
    Server server(with_body(R"({"active":true,"username":"bob","exp":1000000})"));  // ends now
    const auto introspection = make(server);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(*ask(*introspection), "bob");
    EXPECT_EQ(server.questions().size(), 2U);

    Server lasting(with_body(R"({"active":true,"username":"bob"})"));
    OAuthOptions options;
    options.cache = 0s;
    const auto forgetful = make(lasting, options);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(*ask(*forgetful), "bob");
    options.cache = 60s;
    options.cache_entries = 1;
    const auto small = make(lasting, options);
    for (const char* token : {"a", "b", "a", "a"}) EXPECT_EQ(*ask(*small, token), "bob");
    EXPECT_EQ(lasting.questions().size(), 5U);
}

TEST_F(IntrospectionTest, FaultsAreErrorsNotRefusals) {
    const auto kind = [&](const std::string& answer) {
        Server server(answer);
        const auto owner = ask(*make(server));
        return owner ? ErrorKind::internal : owner.error().kind;
    };
    EXPECT_EQ(kind(with_body("{}", "401 Unauthorized")), ErrorKind::unavailable);
    EXPECT_EQ(kind(with_body("not json")), ErrorKind::protocol);
    EXPECT_EQ(kind("hello\r\n\r\n"), ErrorKind::protocol);
    EXPECT_EQ(kind("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), ErrorKind::protocol);
    EXPECT_EQ(kind(with_body(std::string(100'000, ' '))), ErrorKind::protocol);
    OAuthOptions nobody;
    nobody.introspection_url = "http://127.0.0.1:1/";
    EXPECT_EQ(ask(**Introspection::make(nobody, work, clock_)).error().kind, ErrorKind::unavailable);
}

TEST_F(IntrospectionTest, ASilentServerIsGivenUp) {
    Server server("");
    OAuthOptions options;
    options.timeout = 1s;
    EXPECT_EQ(ask(*make(server, options)).error().kind, ErrorKind::timeout);
}

TEST_F(IntrospectionTest, ClearTextStaysOnThisMachine) {
    OAuthOptions options;
    options.introspection_url = "http://192.0.2.1/introspect";
    EXPECT_EQ(ask(**Introspection::make(options, work, clock_)).error().kind, ErrorKind::denied);
    options.introspection_url = "https://192.0.2.1/introspect";
    options.ca_file = "/nowhere.pem";
    EXPECT_FALSE(Introspection::make(options, work, clock_));
}

}  // namespace
}  // namespace restante::login
