#include "watch/session_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace restante::watch {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SessionWatchTest : public testing::Test {
protected:
    std::unique_ptr<SessionTap> begin(std::function<void()> end = {}) {
        return watch_.begin("192.0.2.1:110", "198.51.100.7:4000", std::move(end));
    }
    ManualClock clock_{Timestamp{std::chrono::days(20'000)}};
    IdSource ids_{clock_};
    Metrics metrics_;
    SessionWatch watch_{"pop3", clock_, ids_, null_log(), metrics_};
};

TEST_F(SessionWatchTest, ListsTheLiving) {
    auto first = begin();
    auto second = begin();
    second->received("USER bob");
    second->logged_in("bob");
    auto live = watch_.live();
    ASSERT_THAT(live, SizeIs(2));
    EXPECT_EQ(live[1].login, "bob");
    EXPECT_TRUE(live[1].logged_in);
    EXPECT_EQ(live[1].commands, 1U);
    EXPECT_EQ(live[0].remote, "198.51.100.7:4000");
    first.reset();
    EXPECT_THAT(watch_.live(), SizeIs(1));
}

TEST_F(SessionWatchTest, EndsASession) {
    int ended = 0;
    auto tap = begin([&] { ++ended; });
    const auto id = watch_.live()[0].id;
    EXPECT_TRUE(watch_.end(id));
    EXPECT_EQ(ended, 1);
    tap.reset();
    EXPECT_FALSE(watch_.end(id));
}

TEST_F(SessionWatchTest, KeepsWhatWasSaidBeforeAFailure) {
    {
        auto tap = begin();
        tap->sent("+OK ready");
        tap->received("USER bob");
        clock_.advance(std::chrono::milliseconds(250));
        tap->tried("bob");
        tap->failed(Cause::credentials, "wrong");
        tap->sent("-ERR [AUTH] no");
        tap->failed(Cause::timeout, "");
    }
    const auto failed = watch_.failed();
    ASSERT_THAT(failed, SizeIs(1));
    EXPECT_EQ(failed[0].cause, Cause::credentials) << "a timeout behind it tells less";
    EXPECT_EQ(failed[0].facts.login, "bob");
    EXPECT_EQ(
        failed[0].transcript,
        "0 + \n0 > +OK ready\n0 < USER bob\n250 * credentials (wrong)\n250 > -ERR [AUTH] no\n250 * timeout\n250 - \n");
    EXPECT_EQ(watch_.failed(failed[0].facts.id)->detail, "wrong");
    EXPECT_FALSE(watch_.failed(1));
    EXPECT_THAT(metrics_.prometheus(), HasSubstr("failed_sessions_total{service=\"pop3\"} 1\n"));
}

TEST_F(SessionWatchTest, DoesNotKeepWhatWentWell) {
    {
        auto typo = begin();
        typo->failed(Cause::credentials, "");
        typo->logged_in("bob");
        auto polite = begin();
        polite->received("QUIT");
        polite->quit();
        auto scan = begin();
    }
    EXPECT_THAT(watch_.failed(), IsEmpty());
    begin()->received("CAPA");
    EXPECT_EQ(watch_.failed()[0].cause, Cause::dropped);
}

TEST_F(SessionWatchTest, IsBounded) {
    WatchOptions options;
    options.failed_sessions = 3;
    options.transcript_bytes = 200;
    watch_.set(options);
    for (int i = 0; i < 10; ++i) {
        auto tap = begin();
        for (int line = 0; line < 100; ++line) tap->received("NOOP " + std::to_string(line));
        tap->failed(Cause::too_many_errors, std::to_string(i));
    }
    const auto failed = watch_.failed();
    ASSERT_THAT(failed, SizeIs(3));
    EXPECT_EQ(failed[0].detail, "9") << "the newest comes first";
    EXPECT_LE(failed[0].transcript.size(), 230U);
    EXPECT_THAT(failed[0].transcript, HasSubstr(" lines before\n"));
    EXPECT_THAT(failed[0].transcript, HasSubstr("NOOP 99\n"));
}

TEST(Failures, AreExplained) {
    for (int i = 0; i <= static_cast<int>(Cause::ended); ++i) {
        const auto cause = static_cast<Cause>(i);
        EXPECT_EQ(to_string(cause) == "none", cause == Cause::none) << i;
        EXPECT_FALSE(explain(cause).what.empty()) << i;
    }
    EXPECT_EQ(cause_of_tls("TLS handshake failed: http request"), Cause::http);
    EXPECT_EQ(cause_of_tls("TLS handshake failed: wrong version number"), Cause::clear_on_tls_port);
    EXPECT_EQ(cause_of_tls("TLS handshake failed: tlsv1 alert unknown ca"), Cause::certificate_refused);
    EXPECT_EQ(cause_of_tls("TLS handshake failed: unsupported protocol"), Cause::tls_version);
    EXPECT_EQ(cause_of_tls("TLS handshake failed: the peer closed it"), Cause::tls_failed);
    EXPECT_EQ(cause_of_first_bytes(std::string_view("\x16\x03\x01\x02\x00", 5)), Cause::tls_on_clear_port);
    EXPECT_EQ(cause_of_first_bytes("GET / HTTP/1.1\r\n"), Cause::http);
    EXPECT_EQ(cause_of_first_bytes("USER bob\r\n"), Cause::none);
}

}  // namespace
}  // namespace restante::watch
