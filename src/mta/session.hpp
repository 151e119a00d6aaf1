#pragma once
// One SMTP connection: performs the machine's steps. Internal to mta.
#include <memory>
#include <optional>
#include <string>

#include "filter/rules.hpp"
#include "login/exchange.hpp"
#include "mta/rate_window.hpp"
#include "mta/service.hpp"
#include "net/session_list.hpp"
#include "net/stream.hpp"
#include "net/watchdog.hpp"
#include "smtp/header_scanner.hpp"
#include "smtp/server_machine.hpp"

namespace restante::mta {

struct ServiceMetrics {
    ServiceMetrics(Metrics& metrics, const std::string& service);
    Counter& connections;
    Gauge& open;
    Counter& messages;
    Counter& octets;
    Counter& rejected_messages;
    Counter& rejected_recipients;
    Counter& logins_failed;
    Counter& by_pop;
    Counter& forged;
    Histogram& delivery_seconds;
};

/// What the sessions share that began while the same options held.
struct Service::Shared {
    Shared(const Parts& p, Options o, ServiceMetrics& m, RateWindow& rate_of_messages,
           std::shared_ptr<net::ServiceRun> r)
        : parts(p),
          door(door_of(p, o)),
          options(with_mechanisms(std::move(o), door)),
          counts(m),
          rate(rate_of_messages),
          run(std::move(r)) {}
    using Door = Result<std::shared_ptr<login::Doorkeeper>>;
    static Door door_of(const Parts& parts, const Options& options);
    static Options with_mechanisms(Options options, const Door& door);
    bool stopping() const { return run->stopping; }

    const Parts& parts;
    const Door door;  // an error keeps the service from starting
    const Options options;
    ServiceMetrics& counts;
    RateWindow& rate;  // messages of addresses
    const std::shared_ptr<net::ServiceRun> run;
};

/// Lives on its stream's executor; held by its coroutine.
class Session {
public:
    Session(std::shared_ptr<Service::Shared> shared, net::Stream stream, bool implicit_tls);

    ~Session();

    net::Task<> run();
    /// On the executor: end after the current command.
    void stop();
    /// On the executor: close the connection under whatever is done. What is not committed is not delivered.
    void cut();
    net::Executor executor() const { return stream_.executor(); }
    const std::shared_ptr<net::ServiceRun>& run_of() const { return shared_->run; }

private:
    net::Task<> converse();
    void watch_session();
    void hear(std::string_view bytes);
    void note_close();
    void say(std::string_view replies);
    void failed(watch::Cause cause, std::string_view detail = {}) {
        if (tap_) tap_->failed(cause, detail);
    }
    static net::Task<> end_later(std::shared_ptr<Session*> session);
    net::Task<bool> read();
    net::Task<bool> start_tls();
    net::Task<> begin_login(const smtp::SaslStart& step);
    net::Task<> go_on_login(std::string response);
    net::Task<> conclude_login(login::Outcome outcome);
    net::Task<> refuse_login(login::Refused refused);
    net::Task<> store_chunk(std::string_view bytes);
    net::Task<> deliver();
    using Refusals = std::vector<std::optional<smtp::Reply>>;  // of each recipient; empty: of none
    Refusals leave_out_refused(message::Envelope& envelope);
    void answer_delivery(const Refusals& refused, const smtp::Reply& of_the_rest);
    net::Task<std::optional<smtp::Reply>> authenticate(const message::Envelope& envelope, mda::Origin& origin);
    net::Task<std::optional<smtp::Reply>> take_out_unwanted(bool is_ours);
    const std::string& authserv_id() const;
    net::Task<std::optional<smtp::Reply>> verify(const message::Envelope& envelope, mda::Origin& origin,
                                                 filter::Circumstances& found);
    net::Task<std::optional<smtp::Reply>> judge_spam(const message::Envelope& envelope, mda::Origin& origin,
                                                     filter::Circumstances found);
    net::Task<std::optional<smtp::Reply>> sign(const message::Envelope& envelope, mda::Origin& origin);
    net::Task<> linger();

    void vouch_after_pop();
    void note_pop_use();
    void answer(const smtp::CheckSender& step);
    smtp::Reply judge_sender(const message::Address* sender);
    bool may_send(const directory::Login& login, const message::Address& sender) const;
    net::Task<> answer(const smtp::CheckRecipient& step);
    smtp::Reply judge_recipient(const message::Address& recipient);
    std::optional<smtp::Reply> judge_header() const;
    mda::Origin::Kind origin_kind() const;
    void begin_data();
    void end_data();
    mda::Origin origin(const message::Envelope& envelope);
    void watch();
    void appended(const Result<void>& outcome);
    void log_close();
    bool early_talker() const;
    const smtp::ServerOptions& protocol() const { return shared_->options.protocol; }

    const std::shared_ptr<Service::Shared> shared_;
    std::shared_ptr<Session*> self_;          // null inside once the session is gone; touched on its executor
    std::unique_ptr<watch::SessionTap> tap_;  // null: nobody listens
    net::Stream stream_;
    net::Watchdog watchdog_;
    smtp::ServerMachine machine_;
    const bool implicit_tls_;
    bool reading_ = false;
    bool heard_ = false;  // anything at all
    smtp::Close::Reason reason_ = smtp::Close::Reason::quit;
    std::uint64_t watched_lines_ = 0;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    std::optional<directory::Login> login_;
    std::vector<directory::Login> popped_;    // POP-before-SMTP: who may send from this address
    std::optional<directory::Login> sender_;  // who answers for this transaction; empty: nobody of ours
    std::size_t refused_recipients_ = 0;
    std::unique_ptr<login::Exchange> exchange_;
    std::unique_ptr<store::Draft> draft_;
    smtp::HeaderScanner header_;
    std::string id_, tls_;
};

}  // namespace restante::mta
