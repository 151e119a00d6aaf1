#include "net/tls_engine.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.hpp"

namespace restante::net {

void Outgoing::advance(std::size_t bytes) {
    while (bytes > 0) {
        const std::size_t step = std::min(bytes, first_.size());
        first_.remove_prefix(step);
        bytes -= step;
        if (first_.empty()) settle();
    }
}

void Outgoing::settle() {
    while (first_.empty() && !rest_.empty()) {
        first_ = rest_.front();
        rest_ = rest_.subspan(1);
    }
}

/// OpenSSL's own socket BIO calls write(), which raises SIGPIPE when the peer is gone; this one sends with MSG_NOSIGNAL
/// and notes whether the socket was emptied.
struct SocketBio {
    static TlsEngine& engine(BIO* bio) { return *static_cast<TlsEngine*>(BIO_get_data(bio)); }

    static int read(BIO* bio, char* into, int length) {
        TlsEngine& e = engine(bio);
        BIO_clear_retry_flags(bio);
        const ssize_t n = ::recv(e.socket_, into, static_cast<std::size_t>(length), 0);
        e.drained_ = n < length;
        e.at_end_ = n == 0;
        if (n < 0) note_failure(bio, e, true);
        return static_cast<int>(n);
    }
    static int write(BIO* bio, const char* from, int length) {
        TlsEngine& e = engine(bio);
        BIO_clear_retry_flags(bio);
        const ssize_t n = ::send(e.socket_, from, static_cast<std::size_t>(length), MSG_NOSIGNAL);
        if (n < 0) note_failure(bio, e, false);
        return static_cast<int>(n);
    }
    static void note_failure(BIO* bio, TlsEngine& e, bool reading) {
        if (errno == EAGAIN || errno == EINTR)
            reading ? BIO_set_retry_read(bio) : BIO_set_retry_write(bio);
        else
            e.errno_ = errno;
    }
    static long control(BIO* bio, int command, long, void*) {
        if (command == BIO_CTRL_EOF) return engine(bio).at_end_ ? 1 : 0;  // tells a cut-off from a failed call
        return command == BIO_CTRL_FLUSH ? 1 : 0;
    }

    static BIO_METHOD* method() {
        static const auto made = [] {
            BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "restante socket");
            BIO_meth_set_read(m, &SocketBio::read);
            BIO_meth_set_write(m, &SocketBio::write);
            BIO_meth_set_ctrl(m, &SocketBio::control);
            return std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)>(m, &BIO_meth_free);
        }();
        return made.get();
    }
};

std::string take_openssl_error() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    const char* reason = code ? ERR_reason_error_string(code) : nullptr;
    return reason ? reason : "";
}

Result<std::unique_ptr<TlsEngine>> TlsEngine::make(ssl_ctx_st* context, int socket, bool server) {
    SSL* ssl = SSL_new(context);
    BIO* bio = BIO_new(SocketBio::method());
    if (!ssl || !bio) {
        SSL_free(ssl);
        BIO_free(bio);
        return fail(ErrorKind::internal, "no memory for TLS");
    }
    std::unique_ptr<TlsEngine> engine(new TlsEngine(ssl, socket));
    BIO_set_data(bio, engine.get());
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    if (server)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    return engine;
}

Step TlsEngine::outcome(int returned, const char* doing) {
    switch (SSL_get_error(ssl_, returned)) {
        case SSL_ERROR_WANT_READ:
            return {Want::readable, 0, {}};
        case SSL_ERROR_WANT_WRITE:
            return {Want::writable, 0, {}};
        case SSL_ERROR_ZERO_RETURN:
            return {};
        case SSL_ERROR_SYSCALL:
            failed_ = true;
            ERR_clear_error();
            return {Want::nothing, 0, errno_error(errno_ ? errno_ : ECONNRESET, doing)};
        default:
            break;
    }
    failed_ = true;
    const bool cut = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
    const std::string reason = take_openssl_error();
    if (cut) return {Want::nothing, 0, Error{ErrorKind::protocol, "the peer cut the TLS connection off", Retry::later}};
    return {Want::nothing, 0, Error{ErrorKind::tls, std::string(doing) + ": " + reason, Retry::never}};
}

Step TlsEngine::handshake() {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_);
    if (done == 1) return {Want::nothing, 1, {}};
    Step step = outcome(done, "TLS handshake failed");
    if (step.want == Want::nothing && !step.error)
        step.error = Error{ErrorKind::tls, "TLS handshake failed: the peer closed it", Retry::later};
    return step;
}

Step TlsEngine::read(std::span<char> into) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int done = SSL_read_ex(ssl_, into.data(), into.size(), &bytes);
    if (done == 1) return {Want::nothing, bytes, {}};
    return outcome(done, "reading under TLS failed");
}

Step TlsEngine::write(const Outgoing& out) {
    constexpr std::size_t kRecord = 16'384;  // RFC 8446 5.1: the most one record carries
    std::string_view chunk = out.first().substr(0, kRecord);
    char gathered[kRecord];
    if (chunk.size() < kRecord && !out.rest().empty()) {
        // Small pieces share one record. A retry after WANT_WRITE gathers the same bytes again, as OpenSSL demands.
        std::size_t used = chunk.copy(gathered, kRecord);
        for (const std::string_view piece : out.rest()) {
            used += piece.copy(gathered + used, kRecord - used);
            if (used == kRecord) break;
        }
        chunk = {gathered, used};
    }
    ERR_clear_error();
    std::size_t bytes = 0;
    const int done = SSL_write_ex(ssl_, chunk.data(), chunk.size(), &bytes);
    if (done == 1) return {Want::nothing, bytes, {}};
    Step step = outcome(done, "writing under TLS failed");
    if (step.want == Want::nothing && !step.error) step.error = errno_error(EPIPE, "writing under TLS failed");
    return step;
}

Step TlsEngine::shutdown() {
    if (failed_ || !SSL_is_init_finished(ssl_)) return {};
    ERR_clear_error();
    const int done = SSL_shutdown(ssl_);
    return done >= 0 ? Step{} : outcome(done, "closing TLS failed");
}

std::string peer_fingerprint(SSL* ssl) {
    const X509* peer = SSL_get0_peer_certificate(ssl);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (!peer || X509_digest(peer, EVP_sha256(), digest, &length) != 1) return "";
    return to_hex({reinterpret_cast<const char*>(digest), length});
}

TlsInfo describe_tls(SSL* ssl) {
    TlsInfo info;
    info.protocol = SSL_get_version(ssl);
    info.cipher = SSL_get_cipher_name(ssl);
    info.cipher_bits = SSL_get_cipher_bits(ssl, nullptr);
    if (const char* sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name); sni && SSL_is_server(ssl)) info.sni = sni;
    info.peer_fingerprint = peer_fingerprint(ssl);
    info.resumed = SSL_session_reused(ssl) == 1;
    return info;
}

}  // namespace restante::net
