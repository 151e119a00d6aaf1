#pragma once
// From a POP3 server to the store: everything real but the reader of replies.
#include <future>
#include <map>
#include <mutex>
#include <set>

#include "directory/test_fixture.hpp"
#include "fetch/fetcher.hpp"
#include "store/options.hpp"

namespace restante::fetch {

class CountingIntake final : public mda::Intake {
public:
    Result<mda::Verdict> take(const Mail& mail) override {
        const std::lock_guard lock(mutex_);
        mails_.emplace(mail.delivery_id, mail.raw);
        ++asked_;
        return mda::Verdict{mda::Verdict::Kind::received, "comment"};
    }
    std::size_t comments() {
        const std::lock_guard lock(mutex_);
        return mails_.size();
    }

private:
    std::mutex mutex_;
    std::map<std::string, std::string> mails_;
    int asked_ = 0;
};

class RoadFixture : public directory::DirectoryFixture {
protected:
    RoadFixture() {
        fetch_options_.allow_loopback = true;
        restart();
    }
    ~RoadFixture() override {
        fetcher_.reset();
        mda_.reset();
        store_.reset();
    }

    /// As after a restart of the program, the store included.
    void restart() {
        fetcher_.reset();
        mda_.reset();
        store_.reset();
        store::Options options;
        options.directory = folder_ / "mail";
        options.free_bytes = 0;
        store_ = store::open_store(options, *files_, clock_, ids_, null_log()).value();
        connections_ =
            Connections::open(*database_, *directory_, ids_, clock_, std::string(32, 'k'), fetch_options_).value();
        mda_ = mda::make_mda(*directory_, *store_, door_, nullptr, clock_, null_log(),
                             [this](auto job) { return pool_.post(std::move(job)); });
        const Parts parts{*connections_, *mda_, *store_, *directory_, pool_, clock_, null_log()};
        fetcher_ = std::make_unique<Fetcher>(parts, io_);
    }

    std::int64_t create(const Settings& settings) {
        auto made = connections_->create(settings, {"test"});
        EXPECT_TRUE(made) << made.error().detail;
        return made ? made->id : 0;
    }
    PollReport poll(std::int64_t id) {
        auto report = net::run_blocking(io_.executor(0), fetcher_->poll_now(id));
        EXPECT_TRUE(report) << report.error().detail;
        return report ? std::move(*report) : PollReport{};
    }
    std::vector<ProbeStep> probe(const Settings& settings) {
        return net::run_blocking(io_.executor(0), fetcher_->test_connection(settings, std::nullopt));
    }
    /// The messages of a maildrop, whole.
    std::vector<std::string> maildrop(store::MaildropId id) {
        std::vector<std::string> out;
        auto drop = store_->open_maildrop(id);
        EXPECT_TRUE(drop) << drop.error().detail;
        if (!drop) return out;
        for (const store::Entry& entry : (*drop)->messages())
            out.push_back(store_->read_message(id, entry.id, 1 << 26).value());
        return out;
    }

    net::IoPool io_{net::IoPoolOptions{.threads = 2}};
    net::WorkPool pool_{net::WorkPoolOptions{.threads = 2, .queue_limit = 256}};
    std::unique_ptr<store::FileSystem> files_ = store::posix_file_system();
    Options fetch_options_;
    CountingIntake intake_;
    mda::Intake* door_ = &intake_;  // restart() after a change
    std::unique_ptr<store::MessageStore> store_;
    std::unique_ptr<Connections> connections_;
    std::unique_ptr<mda::Mda> mda_;
    std::unique_ptr<Fetcher> fetcher_;
};

}  // namespace restante::fetch
