#include "net/dns_reply.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "net/dns_resolver.hpp"
#include "net/io_pool.hpp"
#include "net/task_group.hpp"

namespace restante::net {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using Type = DnsQuestion::Type;
using Status = DnsAnswer::Status;

std::string u16(unsigned value) { return {static_cast<char>(value >> 8), static_cast<char>(value)}; }

std::string name(const std::string& text) {
    std::string out;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('.', begin), text.size());
        out += static_cast<char>(end - begin) + text.substr(begin, end - begin);
        begin = end + 1;
    }
    return out + '\0';
}

/// A reply about far.test with these records of its own (RFC 1035 4.1); each ends with type, TTL and data.
std::string reply(const std::vector<std::pair<unsigned, std::string>>& records, unsigned code = 0, bool ad = false) {
    std::string out = u16(7) + u16(0x8180U | code | (ad ? 0x20U : 0U)) + u16(1) +
                      u16(static_cast<unsigned>(records.size())) + u16(0) + u16(0) + name("far.test") + u16(15) +
                      u16(1);
    unsigned ttl = 300;
    for (const auto& [type, data] : records)
        out += u16(0xC00C) + u16(type) + u16(1) + u16(0) + u16(ttl--) + u16(static_cast<unsigned>(data.size())) + data;
    return out;
}

TEST(DnsReplyTest, ReadsEveryKindOfRecord) {
    const auto mx =
        parse_dns_reply(Type::mx, reply({{15, u16(10) + name("MX.far.Test")}, {15, u16(0) + name("")}}), false);
    EXPECT_EQ(mx.status, Status::ok);
    EXPECT_THAT(mx.exchangers, ElementsAre(MailExchanger{10, "mx.far.test"}, MailExchanger{0, ""}));
    EXPECT_EQ(mx.ttl.count(), 299) << "the least one";
    const auto a =
        parse_dns_reply(Type::a, reply({{5, name("x.test")}, {1, std::string("\xC0\x00\x02\x01", 4)}}), false);
    ASSERT_THAT(a.addresses, SizeIs(1)) << "behind an alias";
    EXPECT_EQ(a.addresses[0].ip(), "192.0.2.1");
    EXPECT_THAT(parse_dns_reply(Type::txt,
                                reply({{16, std::string("\x03"
                                                        "abc\x02"
                                                        "de")}}),
                                false)
                    .texts,
                ElementsAre("abcde"));
    EXPECT_THAT(parse_dns_reply(Type::ptr, reply({{12, name("a.test")}}), false).names, ElementsAre("a.test"));
    const auto tlsa = parse_dns_reply(Type::tlsa, reply({{52, std::string("\x03\x01\x01\xFF\x00", 5)}}), false);
    EXPECT_THAT(tlsa.tlsa, ElementsAre(TlsaRecord{3, 1, 1, std::string("\xFF\x00", 2)}));
}

TEST(DnsReplyTest, TellsNothingFromNoNameAndFromNotNow) {
    EXPECT_EQ(parse_dns_reply(Type::mx, reply({}), false).status, Status::nodata);
    EXPECT_EQ(parse_dns_reply(Type::mx, reply({}, 3), false).status, Status::nxdomain);
    for (const unsigned code : {1U, 2U, 5U})
        EXPECT_EQ(parse_dns_reply(Type::mx, reply({}, code), false).status, Status::servfail);
    EXPECT_EQ(parse_dns_reply(Type::mx, "", false).status, Status::servfail);
}

TEST(DnsReplyTest, BelievesDnssecOnlyWhereItMay) {  // D4: RFC 7672 2.1.1
    const std::string checked = reply({{15, u16(10) + name("a.test")}}, 0, true);
    EXPECT_TRUE(parse_dns_reply(Type::mx, checked, true).authenticated);
    EXPECT_FALSE(parse_dns_reply(Type::mx, checked, false).authenticated);
    EXPECT_FALSE(parse_dns_reply(Type::mx, reply({{15, u16(10) + name("a.test")}}), true).authenticated);
}

TEST(DnsReplyTest, CutRepliesAreNoAnswer) {
    const std::string whole = reply({{15, u16(10) + name("mx.far.test")}, {15, u16(20) + name("b.test")}});
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(parse_dns_reply(Type::mx, whole.substr(0, size), false).status, Status::servfail) << size;
    EXPECT_EQ(parse_dns_reply(Type::mx, reply({{15, "\x01"}}), false).status, Status::servfail);
    EXPECT_EQ(parse_dns_reply(Type::a, reply({{1, "abc"}}), false).status, Status::servfail);
    EXPECT_EQ(parse_dns_reply(Type::txt,
                              reply({{16,
                                      "\x09"
                                      "abc"}}),
                              false)
                  .status,
              Status::servfail);
}

/// A name server for one question, or one that never answers.
class OneAnswer {
public:
    explicit OneAnswer(std::string answer) : answer_(std::move(answer)) {
        socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        (void)!::bind(socket_, reinterpret_cast<sockaddr*>(&at), sizeof at);
        socklen_t length = sizeof at;
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &length);
        port_ = ntohs(at.sin_port);
        const timeval patience{20, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        thread_ = std::thread([this] { serve(); });
    }
    ~OneAnswer() {
        thread_.join();
        ::close(socket_);
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

private:
    void serve() {
        char query[512];
        sockaddr_in peer{};
        socklen_t length = sizeof peer;
        const auto got = ::recvfrom(socket_, query, sizeof query, 0, reinterpret_cast<sockaddr*>(&peer), &length);
        if (got < 12 || answer_.empty()) return;
        answer_.replace(0, 2, query, 2);
        ::sendto(socket_, answer_.data(), answer_.size(), 0, reinterpret_cast<sockaddr*>(&peer), length);
    }
    std::string answer_;
    int socket_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

DnsAnswer ask(DnsOptions options, const std::string& domain) {
    IoPool io(IoPoolOptions{.threads = 1});
    auto resolver = DnsResolver::make(std::move(options)).value();
    return run_blocking(io.executor(0), resolver->ask({Type::mx, domain}));
}

TEST(DnsResolverTest, AsksTheServersItIsTold) {
    OneAnswer server(reply({{15, u16(10) + name("mx.far.test")}}, 0, true));
    const auto answer = ask({.servers = {server.address()}, .trusted = true}, "far.test");
    EXPECT_EQ(answer.status, Status::ok) << answer.detail;
    EXPECT_THAT(answer.exchangers, ElementsAre(MailExchanger{10, "mx.far.test"}));
    EXPECT_TRUE(answer.authenticated);
}

TEST(DnsResolverTest, SilenceIsNoAnswerInTime) {
    OneAnswer server("");
    const auto answer =
        ask({.servers = {server.address()}, .timeout = std::chrono::milliseconds(50), .tries = 1}, "far.test");
    EXPECT_EQ(answer.status, Status::servfail);
    EXPECT_FALSE(answer.detail.empty());
}

TEST(DnsResolverTest, ImpossibleNamesAndServersAreSaidSo) {
    EXPECT_EQ(ask({.servers = {"127.0.0.1:9"}, .timeout = std::chrono::milliseconds(50), .tries = 1}, "a..b").status,
              Status::nxdomain);
    const auto refused = DnsResolver::make({.servers = {"not an address"}});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().detail, HasSubstr("not an address"));
}

}  // namespace
}  // namespace restante::net
