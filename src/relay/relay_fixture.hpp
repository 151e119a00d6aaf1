#pragma once
// For tests: a relay with a real store, database, directory and delivery agent, and other servers that are not.
#include <gmock/gmock.h>

#include <chrono>
#include <future>

#include "directory/test_fixture.hpp"
#include "relay/fake_remote.hpp"
#include "relay/relay.hpp"
#include "store/options.hpp"

namespace restante::relay {
using namespace std::chrono_literals;

/// bob of example.org, whose mail goes to far.test, whose server is `remote_`.
class RelayFixture : public directory::DirectoryFixture {
protected:
    RelayFixture() : remote_("127.0.0.1", 0, {}) {
        bob_ = add("bob");
        resolver_.mx("far.test", {{10, "mx.far.test"}});
        resolver_.a("mx.far.test", {"127.0.0.1"});
        settings_.host_name = "mx.example.org";
        settings_.port = remote_.port();
        settings_.allow_internal = true;
        settings_.connect_timeout = 5s;
        settings_.poll = 5ms;
        store_options_.directory = folder_ / "mail";
        store_options_.free_bytes = 0;
        store_options_.index_delay = 20ms;
        open();
    }
    ~RelayFixture() override { shut(); }

    void open() {
        auto opened = store::open_store(store_options_, *files_, system_clock_, ids_, null_log());
        ASSERT_TRUE(opened) << opened.error().detail;
        store_ = std::move(*opened);
        work_ = std::make_unique<net::WorkPool>(net::WorkPoolOptions{.threads = 3, .queue_limit = 10'000});
        auto queue = Queue::open({*database_, *store_, clock_, null_log(), metrics_,
                                  [this](std::function<void()> job) { return work_->post(std::move(job)); }},
                                 settings_);
        ASSERT_TRUE(queue) << queue.error().detail;
        queue_ = std::move(*queue);
        smarthosts_ = Smarthosts::open(*database_, clock_, std::string(SecretBox::kKeyOctets, 'k')).value();
        policies_ = Policies::open({*database_, resolver_, *work_, clock_, null_log()}).value();
        mda_ = mda::make_mda(*directory_, *store_, nullptr, &*queue_, clock_, null_log(),
                             [this](std::function<void()> job) { return work_->post(std::move(job)); });
        io_ = std::make_unique<net::IoPool>(net::IoPoolOptions{.threads = 2});
        group_ = std::make_unique<net::TaskGroup>(null_log());
        relay_ = std::make_unique<Relay>(Relay::Parts{*io_, *work_, *group_, *queue_, *mda_, *store_, resolver_,
                                                      *smarthosts_, *policies_, clock_, ids_, null_log(), metrics_,
                                                      &tls_counts_});
    }
    /// As at the end of a server.
    void shut() {
        if (!relay_) return;
        relay_->stop();
        group_->wait(10s);
        group_->cancel();
        EXPECT_TRUE(group_->wait(20s)) << "sessions hang";
        work_->stop();
        relay_.reset();
        mda_.reset();
        smarthosts_.reset();
        policies_.reset();
        queue_.reset();
        group_.reset();
        io_.reset();
        store_.reset();
        work_.reset();
    }
    void reopen_all() {
        shut();
        open();
    }

    static message::Recipient to(const std::string& address, message::Notify notify = {}) {
        return {message::Address::parse(address).value(), notify};
    }
    message::Envelope envelope(std::vector<message::Recipient> recipients,
                               const std::string& from = "bob@example.org") {
        message::Envelope out;
        if (!from.empty()) out.reverse_path = message::Address::parse(from).value();
        out.recipients = std::move(recipients);
        return out;
    }
    /// As if bob had submitted it; returns when that would have been answered with 250.
    Result<mda::Outcome> submit(message::Envelope envelope, const std::string& text = kText) {
        auto draft = store_->create_draft().value();
        EXPECT_TRUE(draft->append(text));
        mda::Origin origin;
        origin.kind = mda::Origin::Kind::submission;
        origin.trace = "Received: from bob\r\n";
        std::promise<Result<mda::Outcome>> answer;
        mda_->deliver(std::move(envelope), std::move(draft), std::move(origin),
                      [&](Result<mda::Outcome> outcome) { answer.set_value(std::move(outcome)); });
        auto outcome = answer.get_future().get();
        EXPECT_TRUE(outcome) << outcome.error().detail;
        return outcome;
    }
    /// Waits for it, as long as a busy machine may need.
    static bool eventually(const std::function<bool()>& holds) {
        const auto end = std::chrono::steady_clock::now() + 30s;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > end) return false;
            std::this_thread::sleep_for(2ms);
        }
        return true;
    }
    std::vector<QueuedRecipient> queued() { return queue_->list({}, 0, -1, 1000).value(); }
    bool queue_is_empty() { return queued().empty() && store_->list(store::kOutgoing)->empty(); }
    /// No session is left that could take more with what it knows of the server.
    bool idle() {
        return eventually([&] { return queue_is_empty() && relay_->sessions() == 0; });
    }
    bool deferred(std::int64_t attempts = 1) {
        const auto rows = queued();
        return !rows.empty() && rows[0].attempts >= attempts;
    }
    std::vector<std::string> mails_of_bob() {
        std::vector<std::string> out;
        auto drop = store_->open_maildrop(bob_);
        if (!drop) return out;
        for (const auto& entry : (*drop)->messages())
            out.push_back(store_->read_message(bob_, entry.id, 1U << 20).value());
        return out;
    }
    /// What bob was told, once there are that many.
    std::string told(std::size_t count = 1) {
        EXPECT_TRUE(eventually([&] { return mails_of_bob().size() >= count; })) << "nobody was told";
        const auto mails = mails_of_bob();
        EXPECT_EQ(mails.size(), count);
        return mails.empty() ? "" : mails.back();
    }

    static constexpr const char* kText = "Subject: hello\r\n\r\n.dot\r\nline\r\n";

    std::int64_t bob_ = 0;
    FakeRemote remote_;
    FakeResolver resolver_;
    Options settings_;
    store::Options store_options_;
    SystemClock system_clock_;
    Metrics metrics_;
    std::unique_ptr<store::FileSystem> files_ = store::posix_file_system();
    std::unique_ptr<net::WorkPool> work_;
    std::unique_ptr<store::MessageStore> store_;
    std::unique_ptr<Queue> queue_;
    std::unique_ptr<Smarthosts> smarthosts_;
    std::unique_ptr<Policies> policies_;
    TlsCounts tls_counts_;
    std::unique_ptr<mda::Mda> mda_;
    std::unique_ptr<net::IoPool> io_;
    std::unique_ptr<net::TaskGroup> group_;
    std::unique_ptr<Relay> relay_;
};

}  // namespace restante::relay
