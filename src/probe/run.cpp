#include "probe/run.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "base/text.hpp"
#include "fetch/session.hpp"
#include "net/connect.hpp"
#include "probe/smtp_session.hpp"

namespace restante::probe {
namespace {
using Steady = std::chrono::steady_clock;
using std::chrono::seconds;

constexpr std::uint64_t kLookedThrough = 100;  // the newest messages of the mailbox
constexpr seconds kPause{2};                   // between two looks into the mailbox
constexpr const char* kField = "X-Restante-Probe";

class Probe {
public:
    Probe(net::WorkPool& pool, const Clock& clock, Target target, Options options, std::string hostname)
        : pool_(pool), clock_(clock), target_(std::move(target)), options_(options), hostname_(std::move(hostname)) {
        const Endpoint& tried = target_.protocol == Protocol::pop3 ? target_.pop3 : target_.smtp;
        report_.protocol = target_.protocol;
        report_.server = tried.host + ":" + std::to_string(tried.port);
        report_.type = tried.type;
        report_.light = target_.light;
        report_.at = clock_.now();
        token_ = to_hex(random_bytes(16));
    }

    net::Task<Report> run() {
        const bool finds = !target_.light && !target_.pop3.host.empty();
        bool sent = false;
        if (target_.protocol == Protocol::smtp) {
            sent = co_await send(true);
            if (!finds || !sent)
                skip("find", target_.light ? "light mode" : sent ? "no POP3 server is named" : "nothing was sent");
            else
                co_await find(false);
        } else {
            if (!target_.light && !target_.smtp.host.empty())
                sent = co_await send(false);
            else
                skip("send", target_.light ? "light mode" : "no SMTP server is named");
            co_await find(true);
        }
        conclude();
        co_return std::move(report_);
    }

private:
    /// Every step of the session when it is what is tried, else only "send".
    net::Task<bool> send(bool in_steps) {
        mark_ = Steady::now();
        auto done = co_await send_mail(in_steps);
        const bool sent = done && !target_.light;
        if (!done)
            add(failing_, Outcome::failure, done.error().detail);
        else if (target_.light)
            skip("send", "light mode");
        else
            add("send", Outcome::success, "accepted for " + target_.address);
        co_return sent;
    }

    net::Task<Result<void>> send_mail(bool in_steps) {
        failing_ = in_steps ? "connect" : "send";
        auto context = tls_context();
        if (!context) co_return fail(std::move(context.error()));
        net::ConnectOptions how;
        how.timeout = left();
        how.deny = [allowed = target_.allow_internal](const net::Address& address) {
            return address.is_internal() && !allowed;
        };
        auto stream = co_await net::connect(pool_, target_.smtp.host, target_.smtp.port, how);
        if (!stream) co_return fail(std::move(stream.error()));
        if (in_steps) add("connect", Outcome::success, "connected to " + stream->peer().to_string());
        SmtpSession session(std::move(*stream), smtp_options(), *context, target_.smtp.host,
                            target_.smtp.tls_name.empty() ? target_.smtp.host : target_.smtp.tls_name, left());
        if (target_.smtp.type == ConnectionType::ssl) {
            failing_ = in_steps ? "tls" : "send";
            auto secured = co_await session.start_tls();
            if (!secured) co_return fail(std::move(secured.error()));
            if (in_steps) add("tls", Outcome::success, described(session.stream()));
        }
        failing_ = in_steps ? "login" : "send";
        auto ready = co_await session.next();
        if (!ready) co_return fail(std::move(ready.error()));
        if (in_steps) add("login", Outcome::success, login_detail(session));
        failing_ = "send";
        if (!target_.light) {
            auto handed = co_await hand_over(session);
            if (!handed) co_return handed;
        }
        session.machine().quit();
        (void)co_await session.next();
        co_return Result<void>{};
    }

    net::Task<Result<void>> hand_over(SmtpSession& session) {
        auto address = message::Address::parse(target_.address);
        if (!address) co_return fail(std::move(address.error()));
        smtp::ClientMail mail;
        mail.envelope.reverse_path = *address;
        mail.envelope.recipients.push_back({*address});
        session.machine().begin(std::move(mail));
        for (;;) {
            auto step = co_await session.next();
            if (!step) co_return fail(std::move(step.error()));
            if (std::holds_alternative<smtp::NeedData>(*step)) {
                session.machine().data(text());
                session.machine().end_data();
            } else if (std::holds_alternative<smtp::Finished>(*step)) {
                break;
            } else {
                co_return fail(ErrorKind::protocol, "the server ended the session before the mail was taken");
            }
        }
        const auto& outcome = session.machine().outcomes().at(0);
        if (outcome.kind == smtp::RecipientOutcome::Kind::delivered) co_return Result<void>{};
        co_return fail(ErrorKind::denied, "the server refuses the test mail: " + std::to_string(outcome.reply.code) +
                                              " " + escape_for_log(outcome.reply.text, 200));
    }

    smtp::ClientOptions smtp_options() const {
        using Tls = smtp::ClientOptions::Tls;
        smtp::ClientOptions out;
        out.client_name = hostname_;
        const ConnectionType type = target_.smtp.type;
        out.tls = type == ConnectionType::ssl   ? Tls::implicit
                  : type == ConnectionType::tls ? Tls::required
                                                : Tls::never;
        out.auth_without_tls = type == ConnectionType::plaintext;
        if (!target_.user.empty()) out.login = sasl::ClientLogin{target_.user, target_.password, ""};
        return out;
    }

    std::string login_detail(const SmtpSession& session) const {
        std::string out = target_.user.empty() ? "greeted, no login" : "logged in as " + escape_for_log(target_.user);
        if (target_.smtp.type == ConnectionType::tls) out += "; " + described(session.stream());
        return out;
    }

    static std::string described(const net::Stream& stream) {
        const net::TlsInfo tls = stream.tls_info();
        return tls.protocol + ", " + tls.cipher + ", certificate SHA-256 " + tls.peer_fingerprint;
    }

    Result<std::shared_ptr<const net::TlsClientContext>> tls_context() const {
        net::TlsClientOptions options;
        options.ca_pem = target_.ca_pem;
        options.pinned_sha256 = target_.pinned_sha256;
        options.insecure = target_.trust_any && target_.pinned_sha256.empty();
        return net::TlsClientContext::make(options);
    }

    /// Looks for the test mail and deletes it. Other servers may take their time to deliver: it is looked for until the
    /// time is up.
    net::Task<> find(bool in_steps) {
        const bool looks = has_sent();
        for (bool first = true;; first = false) {
            std::vector<fetch::ProbeStep> steps;
            mark_ = Steady::now();
            auto session = co_await open(first ? &steps : nullptr);
            if (first && (in_steps || !session)) take(steps);
            mark_ = Steady::now();
            if (!session) {
                if (!first) add("find", Outcome::failure, session.error().detail);
                co_return;
            }
            if (!looks) {
                if (in_steps) skip("find", target_.light ? "light mode" : "nothing was sent");
                co_await quit(**session);
                co_return;
            }
            auto number = co_await look(**session);
            if (!number) {
                add("find", Outcome::failure, number.error().detail);
                co_return;
            }
            if (*number != 0) {
                add("find", Outcome::success, "message " + std::to_string(*number));
                co_await remove(**session, *number);
                co_return;
            }
            co_await quit(**session);
            if (left() <= kPause + seconds(1)) {
                add("find", Outcome::failure, "the test mail did not arrive in time");
                co_return;
            }
            auto slept = co_await net::sleep_for(kPause);
            if (!slept) co_return;
        }
    }

    net::Task<Result<std::unique_ptr<fetch::Session>>> open(std::vector<fetch::ProbeStep>* steps) {
        fetch::Settings settings;
        settings.name = "probe";
        settings.address = target_.pop3.host;
        settings.tls_name = target_.pop3.tls_name;
        settings.port = target_.pop3.port;
        settings.user = target_.user;
        settings.verify_certificate = !target_.trust_any;
        settings.ca_pem = target_.ca_pem;
        settings.pinned_sha256 = target_.pinned_sha256;
        settings.timeout_seconds = static_cast<std::uint32_t>(left().count());
        const ConnectionType type = target_.pop3.type;
        settings.tls = type == ConnectionType::ssl   ? fetch::TlsMode::implicit
                       : type == ConnectionType::tls ? fetch::TlsMode::stls
                                                     : fetch::TlsMode::none;
        fetch::Options options;
        options.allow_loopback = options.allow_internal = target_.allow_internal;
        options.poll_minutes = static_cast<std::uint32_t>(options_.total_timeout.count() / 60 + 1);
        auto session = co_await fetch::open_session(pool_, settings, target_.password, options, steps);
        co_return session;
    }

    /// The number of the test mail, 0 if it is not there.
    net::Task<Result<std::uint64_t>> look(fetch::Session& session) {
        session.machine().stat();
        auto step = co_await session.next();
        if (!step) co_return fail(std::move(step.error()));
        const auto* size = std::get_if<pop3::client::MaildropSize>(&*step);
        const std::uint64_t messages = size == nullptr ? 0 : size->messages;
        for (std::uint64_t n = messages; n > 0 && messages - n < kLookedThrough; --n) {
            if (session.machine().capabilities().top)
                session.machine().top(n, 0);
            else
                session.machine().retr(n);
            auto header = co_await read(session);
            if (!header) co_return fail(std::move(header.error()));
            if (header->find(std::string(kField) + ": " + token_) != std::string::npos) co_return n;
        }
        co_return std::uint64_t{0};
    }

    net::Task<Result<std::string>> read(fetch::Session& session) {
        std::string out;
        for (;;) {
            auto step = co_await session.next();
            if (!step) co_return fail(std::move(step.error()));
            std::string piece = std::exchange(session.machine().text(), {});
            if (out.size() < 65'536) out += piece;
            if (!std::holds_alternative<pop3::client::MessageText>(*step)) co_return out;
        }
    }

    net::Task<> remove(fetch::Session& session, std::uint64_t number) {
        session.machine().dele(number);
        auto marked = co_await session.next();
        Result<void> done;
        if (!marked) {
            done = fail(std::move(marked.error()));
        } else if (const auto* refused = std::get_if<pop3::client::Refused>(&*marked)) {
            done = fail(fetch::error_of(*refused, "DELE"));
        } else {
            session.machine().quit();
            auto ended = co_await session.next();
            if (!ended)
                done = fail(std::move(ended.error()));
            else if (!std::holds_alternative<pop3::client::Finished>(*ended))
                done = fail(ErrorKind::protocol, "the server does not confirm the deletion");
        }
        if (done)
            add("delete", Outcome::success, "deleted");
        else
            add("delete", Outcome::failure, done.error().detail + "; the test mail is left there");
    }

    net::Task<> quit(fetch::Session& session) {
        session.machine().quit();
        (void)co_await session.next();
    }

    std::string text() const {
        const std::string now = to_rfc5322(clock_.now());
        return "From: <" + target_.address + ">\r\nTo: <" + target_.address +
               ">\r\nSubject: Test of the mail service\r\nDate: " + now + "\r\nMessage-ID: <" + token_ + "@" +
               hostname_ + ">\r\nAuto-Submitted: auto-generated\r\n" + kField + ": " + token_ +
               "\r\n\r\nThis message tests the mail service and deletes itself. It can be deleted at any time.\r\n";
    }

    bool has_sent() const {
        return std::any_of(report_.steps.begin(), report_.steps.end(),
                           [](const Step& step) { return step.name == "send" && step.outcome == Outcome::success; });
    }

    void take(const std::vector<fetch::ProbeStep>& steps) {
        for (const fetch::ProbeStep& step : steps)
            report_.steps.push_back(
                {step.name, step.ok ? Outcome::success : Outcome::failure, step.milliseconds, step.detail});
    }

    void add(const std::string& name, Outcome outcome, std::string detail) {
        const auto now = Steady::now();
        report_.steps.push_back({name, outcome,
                                 std::chrono::duration_cast<std::chrono::milliseconds>(now - mark_).count(),
                                 std::move(detail)});
        mark_ = now;
    }
    void skip(const std::string& name, std::string why) {
        report_.steps.push_back({name, Outcome::skipped, 0, std::move(why)});
    }

    /// For the next step; at least a second.
    seconds left() const {
        const auto all = std::chrono::duration_cast<seconds>(begun_ + options_.total_timeout - Steady::now());
        return std::max(seconds(1), std::min(all, options_.connection_timeout));
    }

    void conclude() {
        report_.milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - begun_).count();
        for (const Step& step : report_.steps) {
            if (step.outcome == Outcome::success && report_.result == Outcome::skipped)
                report_.result = Outcome::success;
            if (step.outcome != Outcome::failure || !report_.error.empty()) continue;
            report_.result = Outcome::failure;
            report_.error = step.name + ": " + step.detail;
        }
    }

    net::WorkPool& pool_;
    const Clock& clock_;
    const Target target_;
    const Options options_;
    const std::string hostname_;
    const Steady::time_point begun_ = Steady::now();
    Steady::time_point mark_ = begun_;
    std::string token_, failing_;
    Report report_;
};

}  // namespace

net::Task<Report> run_probe(net::WorkPool& pool, const Clock& clock, Target target, Options options,
                            std::string hostname) {
    Probe probe(pool, clock, std::move(target), options, std::move(hostname));
    auto report = co_await probe.run();
    co_return report;
}

}  // namespace restante::probe
