#pragma once
// For tests: another mail server that says what it is told to say, and a name system made of a table.
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/text.hpp"
#include "net/resolver.hpp"
#include "net/tls_context.hpp"

namespace restante::relay {

/// Takes one connection after the other in a thread of its own.
class FakeRemote {
public:
    struct Mail {
        std::string from;             // the whole MAIL command
        std::vector<std::string> to;  // the whole RCPT commands
        std::string text;             // as it went over the wire, without the final dot
    };
    struct Script {
        std::string greeting = "220 far.test\r\n";
        std::string ehlo =
            "250-far.test\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n";
        /// Answers a command line; empty: as a friendly server would.
        std::function<std::string(const std::string&)> answer = [](const std::string&) { return std::string(); };
        std::string at_end = "250 2.0.0 taken\r\n";
        bool silent = false;  // accepts and says nothing
        /// With it STARTTLS is taken; ehlo has to offer it.
        std::shared_ptr<const net::TlsServerContext> tls{};
    };

    /// address: "127.0.0.2"; port 0: any.
    FakeRemote(const std::string& address, std::uint16_t port, Script script) : script_(std::move(script)) {
        ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets whose other end has gone
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int one = 1;
        ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        ::inet_pton(AF_INET, address.c_str(), &at.sin_addr);
        bound_ = ::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 && ::listen(listener_, 64) == 0;
        socklen_t length = sizeof at;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &length);
        port_ = ntohs(at.sin_port);
        thread_ = std::thread([this] { run(); });
    }
    ~FakeRemote() {
        stopping_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        {
            const std::scoped_lock lock(mutex_);
            if (talking_ >= 0) ::shutdown(talking_, SHUT_RDWR);
        }
        thread_.join();
        ::close(listener_);
    }
    FakeRemote(const FakeRemote&) = delete;
    FakeRemote& operator=(const FakeRemote&) = delete;

    bool bound() const { return bound_; }
    std::uint16_t port() const { return port_; }
    std::vector<Mail> mails() const {
        const std::scoped_lock lock(mutex_);
        return mails_;
    }
    int connections() const { return connections_; }
    void say(Script script) {
        const std::scoped_lock lock(mutex_);
        script_ = std::move(script);
    }

private:
    void run() {
        while (!stopping_) {
            const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket < 0) return;
            ++connections_;
            {
                const std::scoped_lock lock(mutex_);
                talking_ = socket;
            }
            talk(socket);
            const std::scoped_lock lock(mutex_);
            talking_ = -1;
            ::close(socket);
        }
    }
    void talk(int socket) {
        Script script;
        {
            const std::scoped_lock lock(mutex_);
            script = script_;
        }
        std::string heard;
        Mail mail;
        Wire wire{socket, nullptr};
        if (!script.silent) put(wire, script.greeting);
        for (std::string line; next(wire, heard, line);) {
            if (script.silent) continue;
            if (script.tls && istarts_with(line, "STARTTLS")) {
                put(wire, "220 go on\r\n");
                if (!wire.secure(script.tls->native())) return;
                continue;
            }
            std::string reply = script.answer(line);
            const bool usual = reply.empty();
            if (usual)
                reply = istarts_with(line, "EHLO")   ? script.ehlo
                        : istarts_with(line, "DATA") ? "354 go on\r\n"
                                                     : "250 2.1.0 ok\r\n";
            if (istarts_with(line, "QUIT")) reply = "221 bye\r\n";
            if (reply == "close") return;
            put(wire, reply);
            if (istarts_with(line, "MAIL")) mail = {line, {}, {}};
            if (istarts_with(line, "RCPT") && reply.starts_with('2')) mail.to.push_back(line);
            if (istarts_with(line, "QUIT")) return;
            if (!istarts_with(line, "DATA") || !reply.starts_with("354")) continue;
            while (next(wire, heard, line) && line != ".") mail.text += line + "\r\n";
            if (line != ".") return;
            if (script.at_end.starts_with('2')) {
                const std::scoped_lock lock(mutex_);
                mails_.push_back(mail);
            }
            put(wire, script.at_end);
        }
    }
    /// A socket, later perhaps under TLS.
    struct Wire {
        int socket;
        SSL* ssl;
        ~Wire() { SSL_free(ssl); }
        bool secure(SSL_CTX* context) {
            ssl = SSL_new(context);
            SSL_set_fd(ssl, socket);
            return SSL_accept(ssl) == 1;
        }
    };
    static void put(Wire& wire, const std::string& text) {
        if (wire.ssl != nullptr)
            SSL_write(wire.ssl, text.data(), static_cast<int>(text.size()));
        else
            (void)!::send(wire.socket, text.data(), text.size(), MSG_NOSIGNAL);
    }
    static bool next(Wire& wire, std::string& heard, std::string& line) {
        std::size_t end = 0;
        while ((end = heard.find("\r\n")) == std::string::npos) {
            char buffer[8192];
            const auto got = wire.ssl != nullptr ? SSL_read(wire.ssl, buffer, sizeof buffer)
                                                 : static_cast<int>(::recv(wire.socket, buffer, sizeof buffer, 0));
            if (got <= 0) return false;
            heard.append(buffer, static_cast<std::size_t>(got));
        }
        line = heard.substr(0, end);
        heard.erase(0, end + 2);
        return true;
    }

    mutable std::mutex mutex_;
    Script script_;
    std::vector<Mail> mails_;
    int listener_ = -1, talking_ = -1;
    std::uint16_t port_ = 0;
    bool bound_ = false;
    std::atomic<bool> stopping_{false};
    std::atomic<int> connections_{0};
    std::thread thread_;
};

class FakeResolver final : public net::Resolver {
public:
    using Type = net::DnsQuestion::Type;
    using Status = net::DnsAnswer::Status;
    void mx(const std::string& domain, std::vector<net::MailExchanger> list) {
        net::DnsAnswer answer;
        answer.status = Status::ok;
        answer.exchangers = std::move(list);
        set(Type::mx, domain, std::move(answer));
    }
    void a(const std::string& host, const std::vector<std::string>& addresses, Type type = Type::a) {
        net::DnsAnswer answer;
        answer.status = Status::ok;
        for (const auto& address : addresses) answer.addresses.push_back(*net::Address::parse_ip(address));
        set(type, host, std::move(answer));
    }
    void status(Type type, const std::string& name, Status status) {
        net::DnsAnswer answer;
        answer.status = status;
        set(type, name, std::move(answer));
    }
    void set(Type type, const std::string& name, net::DnsAnswer answer) {
        const std::scoped_lock lock(mutex_);
        answers_[{type, name}] = std::move(answer);
    }
    /// What is not in the table does not exist; a host that has one address has none of the other kind.
    net::Task<net::DnsAnswer> ask(net::DnsQuestion question) override {
        net::DnsAnswer answer;
        const std::scoped_lock lock(mutex_);
        const auto found = answers_.find({question.type, question.name});
        if (found != answers_.end()) co_return found->second;
        answer.status = Status::nxdomain;
        for (const auto& [key, value] : answers_)
            if (key.second == question.name) answer.status = Status::nodata;
        co_return answer;
    }

private:
    std::mutex mutex_;
    std::map<std::pair<Type, std::string>, net::DnsAnswer> answers_;
};

}  // namespace restante::relay
