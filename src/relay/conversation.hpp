#pragma once
// One SMTP session with another server.
#include <memory>
#include <string>
#include <vector>

#include "net/stream.hpp"
#include "net/tls_context.hpp"
#include "net/watchdog.hpp"
#include "relay/content.hpp"
#include "smtp/client_machine.hpp"

namespace restante::relay {

/// On its stream's executor, used by one coroutine.
class Conversation {
public:
    /// host: for the certificate and for messages to people. most: cap on every wait (RFC 5321 4.5.3.2 says how long
    /// each may be).
    Conversation(net::Stream stream, smtp::ClientOptions options, std::shared_ptr<const net::TlsClientContext> context,
                 std::string host, std::chrono::seconds most);

    /// Greeting, TLS, login. Errors: tls, timeout, unavailable, unauthenticated, protocol, io.
    net::Task<Result<void>> open();
    /// What became of each recipient of the mail, in their order. usable() says whether another mail can follow.
    net::Task<std::vector<smtp::RecipientOutcome>> send(smtp::ClientMail mail, Content& content);
    net::Task<> quit();

    bool usable() const { return usable_; }
    bool offers_dsn() const { return machine_.offers_dsn(); }
    bool tls() const { return stream_.is_tls(); }
    /// How the handshake went: not_tried where the server did not get that far, or offers none.
    enum class Handshake { not_tried, failed, done };
    Handshake handshake() const { return handshake_; }
    net::CertificateVerdict certificate_verdict() const { return stream_.certificate_verdict(); }
    std::string peer_ip() const { return stream_.peer().ip(); }
    std::string local_ip() const { return stream_.local().ip(); }
    /// "mx.example.org[192.0.2.1]"
    std::string name() const { return host_ + "[" + stream_.peer().ip() + "]"; }
    const std::string& host() const { return host_; }
    std::string tls_text() const;

private:
    net::Task<smtp::ClientStep> next();
    net::Task<Result<void>> secure();
    net::Task<> send_text(Content& content);
    void lost(Error error);
    std::chrono::seconds patience() const;

    net::Stream stream_;
    net::Watchdog watchdog_;
    smtp::ClientMachine machine_;
    const std::shared_ptr<const net::TlsClientContext> context_;
    const std::string host_;
    const std::chrono::seconds most_;
    std::string buffer_;
    bool usable_ = true;
    Handshake handshake_ = Handshake::not_tried;
};

}  // namespace restante::relay
