#include "probe/prober.hpp"

#include <gmock/gmock.h>

#include "directory/test_fixture.hpp"
#include "net/io_pool.hpp"

namespace restante::probe {
namespace {
using testing::HasSubstr;

class ProberTest : public directory::DirectoryFixture {
protected:
    ProberTest() {
        Options options;
        options.connection_timeout = std::chrono::seconds(5);
        prober_ = Prober::open({*database_, *directory_, ids_, pool_, clock_, null_log(), metrics_, "mail.example.org", [this] { return own_; }},
                               std::string(32, 'k'), options, {})
                      .value();
    }
    Report probe(Protocol protocol) { return net::run_blocking(io_.executor(0), prober_->probe_own(protocol, true)); }
    std::size_t renewals() {
        std::size_t out = 0;
        const auto rows = directory_->audit(100).value();
        for (const auto& row : rows) out += row.action == "probe.password" ? 1U : 0U;
        return out;
    }

    net::IoPool io_{net::IoPoolOptions{.threads = 1}};
    net::WorkPool pool_{net::WorkPoolOptions{.threads = 1}};
    Metrics metrics_;
    OwnServices own_;
    std::unique_ptr<Prober> prober_;
};

TEST_F(ProberTest, WhatDoesNotRunIsSkipped) {
    const Report report = probe(Protocol::smtp);
    EXPECT_EQ(report.result, Outcome::skipped);
    EXPECT_THAT(report.error, HasSubstr("no smtp service"));
    EXPECT_THAT(metrics_.prometheus(), HasSubstr("restante_probe_success{service=\"smtp\"} -1"));
    EXPECT_EQ(renewals(), 0U);
}

TEST_F(ProberTest, WhatDoesNotAnswerIsAFailureWithItsReason) {
    own_.pop3 = {"127.0.0.1", 1, ConnectionType::ssl};
    const Report report = probe(Protocol::pop3);
    EXPECT_EQ(report.result, Outcome::failure);
    EXPECT_THAT(report.error, HasSubstr("connect: "));
    EXPECT_THAT(metrics_.prometheus(), HasSubstr("restante_probe_success{service=\"pop3\"} 0"));
    EXPECT_EQ(prober_->history().size(), 1U);
}

// S2.41
TEST_F(ProberTest, TheAccountIsMadeOnceAndItsPasswordRenewed) {
    own_.pop3 = {"127.0.0.1", 1, ConnectionType::ssl};
    probe(Protocol::pop3);
    ASSERT_TRUE(directory_->account("restante-probe"));
    probe(Protocol::pop3);
    EXPECT_EQ(renewals(), 1U);
    clock_.advance(std::chrono::hours(8 * 24));
    probe(Protocol::pop3);
    EXPECT_EQ(renewals(), 2U);
    const auto stored = database_->read([](db::Session& s) { return s.text("SELECT password FROM probe_account"); }).value().value();
    EXPECT_GT(stored.size(), 40U);  // sealed
}

}  // namespace
}  // namespace restante::probe
