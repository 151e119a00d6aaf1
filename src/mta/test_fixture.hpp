#pragma once
// For tests of the SMTP agents: a server with a real directory and delivery agent over a store in memory that can be
// told to fail, and a client that blocks.
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "directory/test_fixture.hpp"
#include "mda/mda.hpp"
#include "mta/service.hpp"

namespace restante::mta {

using namespace std::chrono_literals;

class MemoryDraft final : public store::Draft {
public:
    explicit MemoryDraft(std::optional<Error> failure) : failure_(std::move(failure)) {}
    Result<void> append(std::string_view bytes) override {
        if (failure_) return fail(*failure_);
        bytes_ += bytes;
        return {};
    }
    std::uint64_t size() const override { return bytes_.size(); }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
        const std::size_t count = std::min<std::size_t>(into.size(), bytes_.size() - offset);
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
        return count;
    }
    std::string bytes_;

private:
    std::optional<Error> failure_;
};

/// Answers from a thread of its own, as the real one does.
class MemoryStore final : public store::MessageStore {
public:
    ~MemoryStore() override {
        for (auto& thread : threads_) thread.join();
    }
    Result<std::unique_ptr<store::Draft>> create_draft() override {
        const std::scoped_lock lock(mutex_);
        if (draft_failure) return fail(*draft_failure);
        return std::make_unique<MemoryDraft>(append_failure);
    }
    void commit(std::unique_ptr<store::Draft> draft, store::Delivery delivery,
                std::function<void(Result<store::Committed>)> done) override {
        const std::scoped_lock lock(mutex_);
        threads_.emplace_back([this, draft = std::shared_ptr<store::Draft>(std::move(draft)),
                               delivery = std::move(delivery),
                               done = std::move(done)] { done(keep(static_cast<MemoryDraft&>(*draft), delivery)); });
    }
    Result<std::unique_ptr<store::Maildrop>> open_maildrop(store::MaildropId) override {
        return fail(ErrorKind::unsupported, "");
    }
    Result<std::string> read_message(store::MaildropId, store::MessageId, std::uint64_t) override {
        return fail(ErrorKind::unsupported, "");
    }
    Result<store::MaildropSize> size_of(store::MaildropId) override { return store::MaildropSize{}; }
    Result<void> remove_maildrop(store::MaildropId) override { return {}; }
    store::Statistics statistics() const override { return {}; }

    std::vector<std::string> maildrop(std::int64_t id) {
        const std::scoped_lock lock(mutex_);
        return maildrops_[id];
    }
    std::vector<std::string> all() {
        const std::scoped_lock lock(mutex_);
        return messages_;
    }
    void fail_with(std::optional<Error> on_draft, std::optional<Error> on_append, std::optional<Error> on_commit) {
        const std::scoped_lock lock(mutex_);
        draft_failure = std::move(on_draft);
        append_failure = std::move(on_append);
        commit_failure = std::move(on_commit);
    }
    void clear() {
        const std::scoped_lock lock(mutex_);
        maildrops_.clear();
        by_delivery_.clear();
        messages_.clear();
    }
    std::atomic<std::chrono::milliseconds> commit_time{0ms};

private:
    Result<store::Committed> keep(const MemoryDraft& draft, const store::Delivery& delivery) {
        std::this_thread::sleep_for(commit_time.load());
        const std::scoped_lock lock(mutex_);
        if (commit_failure) return fail(*commit_failure);
        if (const auto known = by_delivery_.find(delivery.delivery_id); known != by_delivery_.end())
            return store::Committed{known->second, true};
        messages_.push_back(delivery.prefix + draft.bytes_);
        if (!delivery.delivery_id.empty())
            by_delivery_[delivery.delivery_id] = static_cast<std::int64_t>(messages_.size());
        for (const auto maildrop : delivery.maildrops) maildrops_[maildrop].push_back(messages_.back());
        return store::Committed{static_cast<std::int64_t>(messages_.size()), false};
    }

    std::mutex mutex_;
    std::optional<Error> draft_failure, append_failure, commit_failure;
    std::map<std::int64_t, std::vector<std::string>> maildrops_;
    std::map<std::string, std::int64_t> by_delivery_;
    std::vector<std::string> messages_;
    std::vector<std::thread> threads_;
};

/// A client over a blocking socket.
class BlockingClient {
public:
    explicit BlockingClient(std::uint16_t port, bool tls = false) {
        fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        set_patience(10s);
        if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) hang_up();
        if (tls && fd_ >= 0) start_tls();
    }
    ~BlockingClient() { hang_up(); }
    BlockingClient(const BlockingClient&) = delete;
    BlockingClient& operator=(const BlockingClient&) = delete;

    bool start_tls() {
        context_.reset(SSL_CTX_new(TLS_client_method()));
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_fd(ssl_.get(), fd_);
        return SSL_connect(ssl_.get()) == 1;
    }
    /// False if the server has closed.
    bool send(std::string_view bytes) {
        while (fd_ >= 0 && !bytes.empty()) {
            const auto n = ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return fd_ >= 0;
    }
    /// What has come, at least one byte; empty when the server has closed or the patience is over.
    std::string receive() {
        char buffer[16384];
        if (fd_ < 0) return {};
        const auto n = ssl_ ? SSL_read(ssl_.get(), buffer, sizeof buffer) : ::recv(fd_, buffer, sizeof buffer, 0);
        closed_ =
            closed_ || n == 0 ||
            (n < 0 && (ssl_ ? SSL_get_error(ssl_.get(), static_cast<int>(n)) != SSL_ERROR_WANT_READ : errno != EAGAIN));
        return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
    }
    /// The next line without CRLF; empty at the end.
    std::string line() {
        std::size_t end;
        while ((end = heard_.find("\r\n")) == std::string::npos) {
            const std::string more = receive();
            if (more.empty()) return {};
            heard_ += more;
        }
        const std::string out = heard_.substr(0, end);
        heard_.erase(0, end + 2);
        return out;
    }
    /// The last line of the next reply.
    std::string reply() {
        std::string text = line();
        while (text.size() > 3 && text[3] == '-') text = line();
        return text;
    }
    std::string command(const std::string& text) { return send(text + "\r\n") ? reply() : "closed"; }
    bool at_end() { return heard_.empty() && receive().empty() && closed_; }
    bool closed() const { return closed_; }
    void set_patience(std::chrono::seconds time) {
        const timeval limit{time.count(), 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    }
    void hang_up() {
        ssl_.reset();
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
        closed_ = true;
    }

private:
    struct Free {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };
    int fd_ = -1;
    std::unique_ptr<SSL_CTX, Free> context_;
    std::unique_ptr<SSL, Free> ssl_;
    std::string heard_;
    bool closed_ = false;
};

/// bob (s3cret-bob) and alice of example.org, and services on free ports of the loopback address.
class SmtpFixture : public directory::DirectoryFixture {
protected:
    SmtpFixture() {
        bob_ = add("bob");
        alice_ = add("alice");
        const auto pair = net::make_self_signed({"mx.example.org", "127.0.0.1"}, 2).value();
        net::TlsServerOptions tls;
        tls.certificate_chain_pem = pair.certificate_pem;
        tls.private_key_pem = pair.private_key_pem;
        tls_.set(net::TlsServerContext::make(tls).value());
        mda_ = mda::make_mda(*directory_, store_, nullptr, nullptr, clock_, null_log(),
                             [this](std::function<void()> job) { return work_.post(std::move(job)); });
    }
    ~SmtpFixture() override { end_services(); }
    /// Before what they work with is gone.
    void end_services() {
        for (auto& service : services_) service->stop();
        EXPECT_TRUE(group_.wait(20s)) << "sessions hang after stop()";
        group_.cancel();
        EXPECT_TRUE(group_.wait(20s));
        services_.clear();
    }
    static Options options(smtp::ServerOptions::Kind kind = smtp::ServerOptions::Kind::mx) {
        Options out;
        out.protocol.kind = kind;
        out.protocol.host_name = "mx.example.org";
        out.listen = {"127.0.0.1:0"};
        out.listen_tls = {"127.0.0.1:0"};
        return out;
    }
    Service& serve(const Options& options) {
        Parts parts{io_, work_, group_, *directory_, *mda_, store_, clock_, ids_, null_log(), metrics_, guard_, &tls_};
        parts.authenticator = authenticator_;
        parts.spam_check = spam_check_;
        services_.push_back(std::make_unique<Service>(parts, options));
        const auto started = services_.back()->start();
        EXPECT_TRUE(started) << started.error().detail;
        return *services_.back();
    }
    static std::uint16_t port(const Service& service) { return service.addresses().at(0).port(); }
    static std::uint16_t tls_port(const Service& service) { return service.tls_addresses().at(0).port(); }
    std::uint64_t count(const char* name, const char* service = "mx") {
        return metrics_.counter(name, "", {{"service", service}}).value();
    }

    Authenticator* authenticator_ = nullptr;  // of services to come
    SpamCheck* spam_check_ = nullptr;         // the same
    std::int64_t bob_ = 0, alice_ = 0;
    Metrics metrics_;
    login::GuessGuard guard_{{.delay = 0ms}, metrics_};
    net::LiveTlsContext tls_{nullptr};
    net::IoPool io_{net::IoPoolOptions{.threads = 2}};  // outlives the threads that post to it
    net::WorkPool work_{net::WorkPoolOptions{.threads = 2, .queue_limit = 1000}};
    MemoryStore store_;
    std::unique_ptr<mda::Mda> mda_;
    net::TaskGroup group_{null_log()};
    std::vector<std::unique_ptr<Service>> services_;
};

}  // namespace restante::mta
