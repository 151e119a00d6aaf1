#include <gmock/gmock.h>
#include <sys/socket.h>

#include "base/text.hpp"
#include "net/net_fixture.hpp"

namespace restante::net {
namespace {
using testing::HasSubstr;
using testing::StartsWith;

struct Identity {
    CertificateAndKey pem;
    std::shared_ptr<const TlsServerContext> server;
};

Identity identity(const std::vector<std::string>& names, TlsServerOptions options = {}) {
    Identity made{*make_self_signed(names, 30), nullptr};
    options.certificate_chain_pem = made.pem.certificate_pem;
    options.private_key_pem = made.pem.private_key_pem;
    auto context = TlsServerContext::make(options);
    EXPECT_TRUE(context) << context.error().detail;
    made.server = *context;
    return made;
}

Task<> tls_echo(Stream stream, std::shared_ptr<const TlsServerContext> context) {
    Watchdog watchdog(stream);
    watchdog.extend(5s);
    if (!co_await stream.start_tls_server(context)) co_return;
    char buffer[20'000];
    for (;;) {
        const auto got = co_await stream.read_some(buffer);
        if (!got || *got == 0) break;
        const std::string_view half = std::string_view(buffer, *got).substr(0, *got / 2);
        const std::vector<std::string_view> pieces{half, std::string_view(buffer, *got).substr(half.size())};
        if (!co_await stream.write_all(pieces)) break;
    }
    co_await stream.shutdown();
}

/// "error: ..." or what came back.
Task<std::string> tls_talk(Stream& stream, TlsClientOptions options, std::string host, std::string words) {
    const auto context = TlsClientContext::make(options);
    if (!context) co_return "options: " + context.error().detail;
    if (const auto shaken = co_await stream.start_tls_client(*context, host); !shaken)
        co_return to_string(shaken.error().kind) + (": " + shaken.error().detail);
    if (!co_await stream.write_all(words)) co_return "cannot write";
    co_await stream.shutdown();
    co_return co_await read_to_end(stream);
}

class TlsTest : public NetTest {
protected:
    std::string talk(const Identity& who, const TlsClientOptions& options, const std::string& host,
                     const std::string& words = "hi") {
        auto [a, b] = pair();
        group.spawn(io.executor(1), tls_echo(std::move(b), who.server), "tls");
        return run_blocking(io.executor(0), tls_talk(a, options, host, words));
    }
    const Identity mail = identity({"mail.test", "127.0.0.1", "::1"});
};

TEST_F(TlsTest, EchoesMuchWithAKnownAuthority) {
    const std::string words(50'000, 'w');
    EXPECT_EQ(talk(mail, {.ca_pem = mail.pem.certificate_pem}, "mail.test", words), words);
    EXPECT_EQ(talk(mail, {.ca_pem = mail.pem.certificate_pem, .most = TlsVersion::tls1_2}, "127.0.0.1", words), words);
    EXPECT_EQ(talk(mail, {.ca_pem = mail.pem.certificate_pem}, "::1"), "hi");
}

TEST_F(TlsTest, TheNameAskedForChoosesTheCertificate) {
    const Identity wild = identity({"*.shop.test"}), exact = identity({"pop.shop.test"});
    TlsServerOptions several;
    several.others = {wild.server, exact.server};
    const Identity own = identity({"mail.test"}, several);
    const auto trusting = [](const Identity& who) { return TlsClientOptions{.ca_pem = who.pem.certificate_pem}; };
    for (const TlsVersion most : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
        const auto shown = [&](const Identity& whom, const char* host) {
            TlsClientOptions options = trusting(whom);
            options.most = most;
            return talk(own, options, host);
        };
        EXPECT_EQ(shown(own, "mail.test"), "hi");
        EXPECT_EQ(shown(wild, "smtp.SHOP.test"), "hi");
        EXPECT_EQ(shown(exact, "pop.shop.test"), "hi") << "the exact name goes before the wildcard";
        EXPECT_THAT(shown(own, "other.test"), HasSubstr("hostname mismatch")) << "the own one, when no name fits";
    }
}

TEST_F(TlsTest, AWildcardStandsForOneLabel) {
    const Identity wild = identity({"*.shop.test", "shop.test"});
    EXPECT_TRUE(wild.server->is_for("a.shop.test"));
    EXPECT_TRUE(wild.server->is_for("Shop.Test"));
    EXPECT_FALSE(wild.server->is_for("a.b.shop.test"));
    EXPECT_FALSE(wild.server->is_for("a.shop.test", true));
    EXPECT_FALSE(wild.server->is_for("localhost"));
}

TEST_F(TlsTest, RefusesTheWrongNameOrAuthority) {
    EXPECT_THAT(talk(mail, {.ca_pem = mail.pem.certificate_pem}, "other.test"),
                StartsWith("tls: the certificate of other.test is not accepted: hostname mismatch"));
    EXPECT_THAT(talk(mail, {.ca_pem = mail.pem.certificate_pem}, "127.0.0.2"), HasSubstr("IP address mismatch"));
    const Identity other = identity({"mail.test"});
    EXPECT_THAT(talk(mail, {.ca_pem = other.pem.certificate_pem}, "mail.test"), HasSubstr("is not accepted"));
    EXPECT_THAT(talk(mail, {}, "mail.test"), HasSubstr("is not accepted: self-signed certificate"));
    EXPECT_EQ(talk(mail, {.insecure = true}, "other.test"), "hi");
}

TEST_F(TlsTest, APinIsTheOnlyCertificateAccepted) {
    std::string pin = mail.server->fingerprint();
    EXPECT_EQ(talk(mail, {.pinned_sha256 = pin}, "whatever.test"), "hi");
    std::string with_colons;
    for (std::size_t i = 0; i < pin.size(); i += 2) with_colons += (i ? ":" : "") + pin.substr(i, 2);
    EXPECT_EQ(talk(mail, {.pinned_sha256 = with_colons}, "whatever.test"), "hi");
    pin[0] = pin[0] == '0' ? '1' : '0';
    EXPECT_THAT(talk(mail, {.pinned_sha256 = pin}, "mail.test"), HasSubstr("is not the pinned one"));
    EXPECT_THAT(talk(mail, {.pinned_sha256 = pin, .insecure = true}, "mail.test"), HasSubstr("is not the pinned one"));
    EXPECT_THAT(talk(mail, {.pinned_sha256 = "12"}, "mail.test"), HasSubstr("64 hexadecimal digits"));
}

TEST_F(TlsTest, VersionsBelowTheLeastAreRefused) {
    EXPECT_THAT(talk(mail, {.insecure = true, .least = TlsVersion::tls1_0, .most = TlsVersion::tls1_1}, "mail.test"),
                StartsWith("tls: TLS handshake failed"));
    const Identity modern = identity({"mail.test"}, {.least = TlsVersion::tls1_3});
    EXPECT_THAT(talk(modern, {.insecure = true, .most = TlsVersion::tls1_2}, "mail.test"), StartsWith("tls:"));
    const Identity old = identity({"mail.test"}, {.least = TlsVersion::tls1_0});
    EXPECT_EQ(talk(old, {.insecure = true, .least = TlsVersion::tls1_0, .most = TlsVersion::tls1_0}, "mail.test"),
              "hi");
}

Task<> describe_server_side(Stream& stream, std::shared_ptr<const TlsServerContext> context,
                            std::promise<std::string>& out) {
    const auto shaken = co_await stream.start_tls_server(context);
    EXPECT_TRUE(shaken) << shaken.error().detail;
    const TlsInfo info = stream.tls_info();
    std::string text = info.protocol + " " + info.sni + " " +
                       to_hex(stream.tls_exporter("EXPORTER-Channel-Binding", 32)) + " " +
                       to_hex(stream.tls_server_end_point());
    out.set_value(std::move(text));
}

Task<std::string> describe_client_side(Stream& stream, std::string host) {
    const auto context = TlsClientContext::make({.insecure = true});
    const auto shaken = co_await stream.start_tls_client(*context, host);
    EXPECT_TRUE(shaken) << shaken.error().detail;
    const TlsInfo info = stream.tls_info();
    EXPECT_EQ(info.sni, "");
    EXPECT_GE(info.cipher_bits, 128);
    co_return info.protocol + " " + host + " " + to_hex(stream.tls_exporter("EXPORTER-Channel-Binding", 32)) + " " +
        info.peer_fingerprint;
}

TEST_F(TlsTest, BothSidesSeeTheSameSessionAndBindings) {
    auto [a, b] = pair();
    std::promise<std::string> server_says;
    group.spawn(io.executor(1), describe_server_side(b, mail.server, server_says), "tls");
    const std::string client_says = run_blocking(io.executor(0), describe_client_side(a, "mail.test"));
    // For this ECDSA-SHA256 certificate tls-server-end-point is its SHA-256, so it equals the fingerprint.
    EXPECT_EQ(client_says, server_says.get_future().get());
    EXPECT_THAT(client_says, StartsWith("TLSv1.3 mail.test "));
    EXPECT_GT(client_says.size(), 140u);
}

TEST_F(TlsTest, CutOffWithoutCloseNotifyIsNotAProperEnd) {
    struct Run {
        static Task<> serve(Stream stream, std::shared_ptr<const TlsServerContext> context) {
            EXPECT_TRUE(co_await stream.start_tls_server(context));
            EXPECT_TRUE(co_await stream.write_all("half a mess"));
            stream.close();
        }
        static Task<std::string> read(Stream& stream) {
            const auto context = TlsClientContext::make({.insecure = true});
            EXPECT_TRUE(co_await stream.start_tls_client(*context, "mail.test"));
            co_return co_await read_to_end(stream);
        }
    };
    auto [a, b] = pair();
    group.spawn(io.executor(1), Run::serve(std::move(b), mail.server), "tls");
    EXPECT_EQ(run_blocking(io.executor(0), Run::read(a)), "half a mess!protocol");
}

Task<> starttls_server(Stream stream, std::shared_ptr<const TlsServerContext> context,
                       std::promise<std::string>& outcome) {
    char buffer[64];
    const auto got = co_await stream.read_some(buffer);
    EXPECT_TRUE(got);
    EXPECT_TRUE(co_await stream.write_all("+OK\r\n"));
    const auto shaken = co_await stream.start_tls_server(context);
    outcome.set_value(shaken ? "TLS" : to_string(shaken.error().kind));
}

TEST_F(TlsTest, ClearTextAfterStlsIsNeverReadUnderTls) {
    auto [a, b] = pair();
    std::promise<std::string> outcome;
    a.try_write("STLS\r\n");
    group.spawn(io.executor(1), starttls_server(std::move(b), mail.server, outcome), "tls");
    char answer[8];
    while (::recv(a.descriptor(), answer, sizeof answer, MSG_DONTWAIT) < 5) std::this_thread::yield();
    a.try_write("CAPA\r\nQUIT\r\n");
    EXPECT_EQ(outcome.get_future().get(), "tls");
}

Task<ErrorKind> stalled_handshake(Stream stream, std::shared_ptr<const TlsServerContext> context) {
    Watchdog watchdog(stream);
    watchdog.extend(50ms);
    const auto shaken = co_await stream.start_tls_server(context);
    co_return shaken ? ErrorKind::internal : shaken.error().kind;
}

TEST_F(TlsTest, AHalfOpenHandshakeMeetsTheWatchdog) {
    auto [a, b] = pair();
    b.try_write("\x16\x03\x01\x02\x00\x01");  // begins a ClientHello and says no more
    EXPECT_EQ(run_blocking(io.executor(0), stalled_handshake(std::move(a), mail.server)), ErrorKind::timeout);
}

TEST_F(TlsTest, FaultyCertificatesAreExplained) {
    const auto other = *make_self_signed({"x.test"}, 1);
    const auto detail = [](const std::string& chain, const std::string& key, const std::string& ciphers = "") {
        const auto made =
            TlsServerContext::make({.certificate_chain_pem = chain, .private_key_pem = key, .ciphers = ciphers});
        return made ? "" : made.error().detail;
    };
    EXPECT_THAT(detail("", mail.pem.private_key_pem), HasSubstr("no certificate in PEM form"));
    EXPECT_THAT(detail(mail.pem.certificate_pem, "junk"), HasSubstr("no unencrypted private key"));
    EXPECT_EQ(detail(mail.pem.certificate_pem, other.private_key_pem),
              "the private key does not belong to the certificate");
    EXPECT_THAT(detail(mail.pem.certificate_pem, mail.pem.private_key_pem, "NONSUCH"),
                HasSubstr("cipher list \"NONSUCH\""));
    const auto missing = TlsServerContext::load("/none/such.pem", "/none/key.pem");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().detail, "/none/such.pem: No such file or directory");
}

TEST_F(TlsTest, SelfSignedCertificatesNameWhatWasAsked) {
    EXPECT_THAT(mail.server->names(), testing::ElementsAre("mail.test", "127.0.0.1", "::1"));
    const auto days =
        std::chrono::duration_cast<std::chrono::hours>(mail.server->not_after() - std::chrono::system_clock::now());
    EXPECT_NEAR(static_cast<double>(days.count()), 30 * 24, 2);
    EXPECT_FALSE(make_self_signed({}, 10));
    EXPECT_FALSE(make_self_signed({"a,DNS:b"}, 10));
    EXPECT_FALSE(make_self_signed({"a"}, 0));
}

TEST_F(TlsTest, ReplacingTheLiveContextServesTheNewCertificate) {
    LiveTlsContext live(mail.server);
    const auto before = live.get();
    const Identity next = identity({"next.test"});
    live.set(next.server);
    EXPECT_EQ(live.get()->fingerprint(), next.server->fingerprint());
    EXPECT_EQ(talk({next.pem, live.get()}, {.ca_pem = next.pem.certificate_pem}, "next.test"), "hi");
    EXPECT_EQ(talk({mail.pem, before}, {.ca_pem = mail.pem.certificate_pem}, "mail.test"), "hi");
}

}  // namespace
}  // namespace restante::net
