#pragma once
// For tests: a POP3 server that misbehaves on demand.
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "net/listener.hpp"
#include "net/stream.hpp"
#include "net/tls_context.hpp"

namespace restante::fetch {

class FakeServer {
public:
    struct Mail {
        std::string uidl, bytes;  // bytes: lines with CRLF, not stuffed
    };
    /// How it behaves; changed by tests between sessions.
    struct Manners {
        bool implicit_tls = false, offers_stls = false, offers_uidl = true, offers_capa = true, odd_words = false,
             pipelining = false;
        std::string greeting = "+OK ready";
        std::string after_stls;        // said in clear behind the answer to STLS
        std::string refuse_login;      // "-ERR ..." to PASS
        std::string refuse_retr;       // to RETR of mail 1
        std::size_t drop_in_retr = 0;  // closes after that many RETR, in the middle of the mail
        enum class Quit { good, lost_before, lost_after, refused } quit = Quit::good;
        std::int64_t claim_octets = -1;  // in LIST, for every mail
        bool silent = false;             // never says anything
    };

    FakeServer(net::IoPool& io, net::TaskGroup& group, Log& log,
               std::vector<std::string> names = {"localhost", "127.0.0.1"})
        : listener_("fake", io, group, log, options(), [this](net::Stream s) { return session(std::move(s)); }) {
        auto made = net::make_self_signed(names, 30).value();
        certificate = made.certificate_pem;
        net::TlsServerOptions tls;
        tls.certificate_chain_pem = made.certificate_pem;
        tls.private_key_pem = made.private_key_pem;
        tls_ = net::TlsServerContext::make(tls).value();
        if (auto started = listener_.start(); !started) throw std::runtime_error(started.error().detail);
    }
    ~FakeServer() { listener_.stop(); }
    std::uint16_t port() const { return listener_.addresses().front().port(); }
    const std::string& fingerprint() const { return tls_->fingerprint(); }

    void set(Manners manners) {
        const std::lock_guard lock(mutex_);
        manners_ = std::move(manners);
    }
    void put(std::vector<Mail> mails) {
        const std::lock_guard lock(mutex_);
        mails_ = std::move(mails);
    }
    std::vector<std::string> uidls() {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> out;
        for (const Mail& mail : mails_) out.push_back(mail.uidl);
        return out;
    }
    /// How often a command was received since the last call, "RETR" and the like.
    int count(const std::string& verb) {
        const std::lock_guard lock(mutex_);
        return std::exchange(counts_[verb], 0);
    }

    std::string certificate;
    std::atomic<int> sessions{0};

private:
    static net::ListenerOptions options() {
        net::ListenerOptions out;
        out.binds = {"127.0.0.1:0"};
        return out;
    }
    struct Talk {
        Manners manners;
        std::vector<Mail> mails;
        std::vector<bool> deleted;
        std::string buffer;
        std::size_t retrieved = 0;
        std::string out;
        bool end = false, to_tls = false;
    };

    net::Task<> session(net::Stream stream) {
        ++sessions;
        Talk talk;
        {
            const std::lock_guard lock(mutex_);
            talk.manners = manners_;
            talk.mails = mails_;
        }
        talk.deleted.resize(talk.mails.size());
        if (talk.manners.implicit_tls) {
            auto secured = co_await stream.start_tls_server(tls_);
            if (!secured) co_return;
        }
        if (!talk.manners.silent) talk.out = talk.manners.greeting + "\r\n";
        char chunk[4096];
        for (;;) {
            if (!talk.out.empty()) {
                const std::string out = std::exchange(talk.out, {});
                auto written = co_await stream.write_all(out);
                if (!written) co_return;
            }
            if (talk.end) co_return;
            if (std::exchange(talk.to_tls, false)) {
                talk.buffer.clear();
                auto secured = co_await stream.start_tls_server(tls_);
                if (!secured) co_return;
            }
            const std::size_t line_end = talk.buffer.find("\r\n");
            if (line_end != std::string::npos) {
                const std::string line = talk.buffer.substr(0, line_end);
                talk.buffer.erase(0, line_end + 2);
                if (!talk.manners.silent) answer(talk, line, stream.is_tls());
                continue;
            }
            auto got = co_await stream.read_some(chunk);
            if (!got || *got == 0) co_return;
            talk.buffer.append(chunk, *got);
        }
    }

    void answer(Talk& talk, const std::string& line, bool tls) {
        const std::string verb = line.substr(0, line.find(' '));
        {
            const std::lock_guard lock(mutex_);
            ++counts_[verb];
        }
        const Manners& m = talk.manners;
        const std::size_t n = line.size() > verb.size() ? parse_u64(line.substr(verb.size() + 1)).value_or(0) : 0;
        const bool known = n >= 1 && n <= talk.mails.size() && !talk.deleted[n - 1];
        const std::string ok = m.odd_words ? "+ok   Bonjour, tout va bien\r\n" : "+OK\r\n";
        if (verb == "CAPA" && m.offers_capa) {
            talk.out += "+OK\r\nUSER\r\nTOP\r\n" + std::string(m.offers_uidl ? "UIDL\r\n" : "") +
                        (m.offers_stls && !tls ? "STLS\r\n" : "") + (m.pipelining ? "PIPELINING\r\n" : "") + ".\r\n";
        } else if (verb == "STLS" && m.offers_stls) {
            talk.out += "+OK begin\r\n" + m.after_stls;
            talk.to_tls = true;
        } else if (verb == "USER" || verb == "NOOP") {
            talk.out += ok;
        } else if (verb == "PASS") {
            talk.out += m.refuse_login.empty() ? ok : m.refuse_login + "\r\n";
        } else if (verb == "STAT") {
            talk.out += "+OK " + std::to_string(talk.mails.size()) + " 100\r\n";
        } else if (verb == "LIST" || (verb == "UIDL" && m.offers_uidl)) {
            talk.out += ok;
            for (std::size_t i = 0; i < talk.mails.size(); ++i) {
                const std::string octets = std::to_string(
                    m.claim_octets >= 0 ? m.claim_octets : static_cast<std::int64_t>(talk.mails[i].bytes.size()));
                talk.out += std::to_string(i + 1) + " " + (verb == "LIST" ? octets : talk.mails[i].uidl) + "\r\n";
            }
            talk.out += ".\r\n";
        } else if (verb == "RETR" && known) {
            retrieve(talk, n);
        } else if (verb == "DELE" && known) {
            talk.deleted[n - 1] = true;
            talk.out += ok;
        } else if (verb == "QUIT") {
            quit(talk, ok);
        } else {
            talk.out += "-ERR unknown\r\n";
        }
    }

    void retrieve(Talk& talk, std::size_t n) {
        if (n == 1 && !talk.manners.refuse_retr.empty()) {
            talk.out += talk.manners.refuse_retr + "\r\n";
            return;
        }
        std::string stuffed;
        for (std::size_t at = 0; at < talk.mails[n - 1].bytes.size();) {
            const std::size_t end = talk.mails[n - 1].bytes.find("\r\n", at) + 2;
            if (talk.mails[n - 1].bytes[at] == '.') stuffed += '.';
            stuffed += talk.mails[n - 1].bytes.substr(at, end - at);
            at = end;
        }
        talk.out += "+OK\r\n";
        if (++talk.retrieved == talk.manners.drop_in_retr) {
            talk.out += stuffed.substr(0, stuffed.size() / 2);
            talk.end = true;
            return;
        }
        talk.out += stuffed + ".\r\n";
    }

    void quit(Talk& talk, const std::string& ok) {
        talk.end = true;
        using Quit = Manners::Quit;
        if (talk.manners.quit == Quit::lost_before) return;
        if (talk.manners.quit == Quit::refused) {
            talk.out += "-ERR some could not be removed\r\n";
            return;
        }
        {
            const std::lock_guard lock(mutex_);
            std::vector<Mail> left;
            for (std::size_t i = 0; i < talk.mails.size(); ++i)
                if (!talk.deleted[i]) left.push_back(talk.mails[i]);
            mails_ = left;
        }
        if (talk.manners.quit == Quit::good) talk.out += ok;
    }

    std::mutex mutex_;
    Manners manners_;
    std::vector<Mail> mails_;
    std::map<std::string, int> counts_;
    std::shared_ptr<const net::TlsServerContext> tls_;
    net::Listener listener_;
};

}  // namespace restante::fetch
