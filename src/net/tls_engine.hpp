#pragma once
// Internal to net: one TLS connection over a non-blocking socket, driven by hand. No waiting here: a call either gets
// somewhere or says what readiness it needs.
#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/stream.hpp"

namespace restante::net {

enum class Want { nothing, readable, writable };

/// Outcome of one attempt: bytes moved (0 with want == nothing on a read: the proper end), or what to wait for, or why
/// not.
struct Step {
    Want want = Want::nothing;
    std::size_t bytes = 0;
    std::optional<Error> error;
};

/// What is left of a gathering write. The pieces belong to the caller of write_all.
class Outgoing {
public:
    explicit Outgoing(std::string_view one) : first_(one) {}
    explicit Outgoing(std::span<const std::string_view> pieces) : rest_(pieces) { settle(); }
    bool empty() const { return first_.empty(); }
    std::string_view first() const { return first_; }
    std::span<const std::string_view> rest() const { return rest_; }
    void advance(std::size_t bytes);

private:
    void settle();
    std::string_view first_;
    std::span<const std::string_view> rest_;
};

class TlsEngine {
public:
    /// Owns ssl, not the socket. TLS writes to and reads from the socket without raising SIGPIPE.
    static Result<std::unique_ptr<TlsEngine>> make(ssl_ctx_st* context, int socket, bool server);
    ~TlsEngine() { SSL_free(ssl_); }
    TlsEngine(const TlsEngine&) = delete;
    TlsEngine& operator=(const TlsEngine&) = delete;

    Step handshake();
    Step read(std::span<char> into);
    Step write(const Outgoing& out);
    /// close_notify; nothing if the handshake did not finish.
    Step shutdown();
    /// The socket became readable.
    void expect_data() { drained_ = false; }
    /// False if a read can give nothing before the socket becomes readable again.
    bool worth_reading() const { return !drained_ || SSL_has_pending(ssl_) == 1; }
    SSL* native() const { return ssl_; }

private:
    TlsEngine(SSL* ssl, int socket) : ssl_(ssl), socket_(socket) {}
    friend struct SocketBio;
    Step outcome(int returned, const char* doing);

    SSL* ssl_;
    int socket_;
    int errno_ = 0;         // of the last failed system call in the BIO
    bool drained_ = false;  // the last recv gave less than asked for
    bool at_end_ = false;   // the peer sent FIN
    bool failed_ = false;
};

TlsInfo describe_tls(SSL* ssl);
/// Lower-case hex SHA-256 of the peer's certificate, or empty.
std::string peer_fingerprint(SSL* ssl);
/// Newest reason in OpenSSL's queue of this thread, which is emptied; "" if there is none.
std::string take_openssl_error();

}  // namespace restante::net
