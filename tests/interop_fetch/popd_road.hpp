#pragma once
// As RoadFixture, with our own POP3 service over the same store and the account "replies" as the foreign mailbox.
#include "popd/service.hpp"
#include "road_fixture.hpp"

namespace restante::fetch {

class PopdRoad : public RoadFixture {
protected:
    PopdRoad() : replies_(add("replies")), bob_(add("bob")) {
        const auto made = net::make_self_signed({"127.0.0.1"}, 30).value();
        certificate_ = made.certificate_pem;
        net::TlsServerOptions tls;
        tls.certificate_chain_pem = made.certificate_pem;
        tls.private_key_pem = made.private_key_pem;
        const auto live = std::make_shared<net::LiveTlsContext>(net::TlsServerContext::make(tls).value());
        popd::Options options;
        options.listen = {"127.0.0.1:0"};
        options.listen_tls = {"127.0.0.1:0"};
        service_ = std::make_unique<popd::Service>(popd::Surroundings{io_, group_, pool_, passwords_, *directory_,
                                                                      guard_, *store_, null_log(), metrics_, live},
                                                   options);
        const auto started = service_->start();
        EXPECT_TRUE(started) << started.error().detail;
    }
    ~PopdRoad() override {
        service_->stop();
        group_.cancel();
        EXPECT_TRUE(group_.wait(std::chrono::seconds(20)));
        service_.reset();
    }
    Settings settings(TlsMode tls) {
        Settings s;
        s.name = to_string(tls);
        s.address = "127.0.0.1";
        s.port = (tls == TlsMode::implicit ? service_->tls_addresses() : service_->addresses()).front().port();
        s.tls = tls;
        s.ca_pem = certificate_;
        s.user = "replies@example.org";
        s.password = "s3cret-replies";
        return s;
    }
    void deliver(const std::string& to, const std::string& bytes) {
        message::Envelope envelope;
        envelope.reverse_path = message::Address{"someone", "elsewhere.example"};
        envelope.recipients.push_back({message::Address::parse(to).value()});
        auto draft = store_->create_draft().value();
        ASSERT_TRUE(draft->append(bytes));
        std::promise<Result<mda::Outcome>> answer;
        mda_->deliver(std::move(envelope), std::move(draft), {},
                      [&](Result<mda::Outcome> o) { answer.set_value(std::move(o)); });
        const auto outcome = answer.get_future().get();
        ASSERT_TRUE(outcome) << outcome.error().detail;
    }

    std::int64_t replies_, bob_;
    std::string certificate_;
    Metrics metrics_;
    login::GuessGuard guard_{{}, metrics_};
    net::WorkPool passwords_{net::WorkPoolOptions{.threads = 1, .queue_limit = 16}};
    net::TaskGroup group_{null_log()};
    std::unique_ptr<popd::Service> service_;
};

}  // namespace restante::fetch
