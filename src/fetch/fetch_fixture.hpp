#pragma once
// For tests: a fetcher over a temporary database, a store in memory and a fake server.
#include <set>

#include "directory/test_fixture.hpp"
#include "fetch/fake_server.hpp"
#include "fetch/fetcher.hpp"
#include "mda/test_store.hpp"

namespace restante::fetch {

/// Turns each delivery into one comment, as often as it is asked. Thread-safe.
class CommentIntake final : public mda::Intake {
public:
    Result<mda::Verdict> take(const Mail& mail) override {
        const std::lock_guard lock(mutex);
        if (failures > 0) {
            --failures;
            return fail(ErrorKind::unavailable, "database away");
        }
        if (mail.raw.find("unrelated") != std::string_view::npos)
            return mda::Verdict{mda::Verdict::Kind::unrelated, "no token"};
        if (mail.raw.find("Auto-Submitted") != std::string_view::npos)
            return mda::Verdict{mda::Verdict::Kind::ignored, "automatic"};
        if (comments.emplace(mail.delivery_id, mail.raw).second) ++made;
        return mda::Verdict{mda::Verdict::Kind::received, "comment"};
    }
    std::mutex mutex;
    std::map<std::string, std::string> comments;
    int made = 0;
    int failures = 0;  // of the next calls
};

class FetchFixture : public directory::DirectoryFixture {
protected:
    FetchFixture() {
        fetch_options_.allow_loopback = true;
        fetch_options_.hostname = "mail.example.org";
        add("bob");
        restart();
    }
    ~FetchFixture() override {
        fetcher_.reset();
        group_.cancel();
        EXPECT_TRUE(group_.wait(std::chrono::seconds(20)));
    }

    /// As after a restart of the program.
    void restart() {
        fetcher_.reset();
        connections_ =
            Connections::open(*database_, *directory_, ids_, clock_, std::string(32, 'k'), fetch_options_).value();
        mda_ = mda::make_mda(*directory_, store_, &intake_, nullptr, clock_, null_log(),
                             [this](auto job) { return pool_.post(std::move(job)); });
        const Parts parts{*connections_, *mda_, store_, *directory_, pool_, clock_, null_log()};
        fetcher_ = std::make_unique<Fetcher>(parts, io_);
    }

    Settings settings() {
        Settings s;
        s.name = "Reply mailbox";
        s.address = "127.0.0.1";
        s.port = server_.port();
        s.tls = TlsMode::none;
        s.user = "replies@example.com";
        s.password = "sw0rdfish";
        s.timeout_seconds = 5;
        return s;
    }
    std::int64_t create(const Settings& s) {
        auto made = connections_->create(s, {"test"});
        EXPECT_TRUE(made) << made.error().detail;
        return made ? made->id : 0;
    }
    PollReport poll(std::int64_t id) {
        auto report = net::run_blocking(io_.executor(0), fetcher_->poll_now(id));
        EXPECT_TRUE(report) << report.error().detail;
        return report ? std::move(*report) : PollReport{};
    }
    std::vector<ProbeStep> probe(const Settings& s, std::optional<std::int64_t> stored = std::nullopt) {
        return net::run_blocking(io_.executor(0), fetcher_->test_connection(s, stored));
    }
    Health health(std::int64_t id) { return connections_->find(id)->health; }
    static FakeServer::Mail mail(const std::string& uidl, const std::string& text = "hello") {
        return {uidl, "Subject: " + uidl + "\r\n\r\n" + text + "\r\n.dots\r\n"};
    }

    net::IoPool io_{net::IoPoolOptions{.threads = 2}};
    net::WorkPool pool_{net::WorkPoolOptions{.threads = 2, .queue_limit = 64}};
    net::TaskGroup group_{null_log()};
    FakeServer server_{io_, group_, null_log()};
    Options fetch_options_;
    mda::MemoryStore store_;
    CommentIntake intake_;
    std::unique_ptr<Connections> connections_;
    std::unique_ptr<mda::Mda> mda_;
    std::unique_ptr<Fetcher> fetcher_;
};

}  // namespace restante::fetch
