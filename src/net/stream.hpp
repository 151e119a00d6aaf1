#pragma once
// One connection as a stream of bytes: TCP or unix socket, in clear or under TLS, server or client side.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "net/address.hpp"
#include "net/task.hpp"

namespace restante::net {

class TlsServerContext;
class TlsClientContext;

struct TlsInfo {
    std::string protocol;  // "TLSv1.3"
    std::string cipher;    // "TLS_AES_256_GCM_SHA384"
    int cipher_bits = 0;
    std::string sni;               // server side: the name the client asked for, or empty
    std::string peer_fingerprint;  // lower-case hex SHA-256 of the peer's certificate, or empty
    bool resumed = false;
};

/// What OpenSSL found about the server's certificate, whether or not the handshake depended on it.
struct CertificateVerdict {
    enum class Fault : std::uint8_t { none, other_name, expired, untrusted, no_tlsa_match };
    Fault fault = Fault::none;  // none also where no certificate came
    std::string text{};         // OpenSSL's words; of no peer
};

/// Holds the socket and, under TLS, OpenSSL's state; no buffers of its own. Movable; the owner is the session.
/// Every function is called on executor(). At most one read and one write may be in flight at a time; the arguments
/// stay valid until then. Data that is there is taken without a trip through the event loop, but after 64 operations
/// in a row the executor's other work gets its turn.
///
/// Errors: io (reset, broken pipe), timeout (a Watchdog), cancelled (TaskGroup::cancel), tls, protocol (TLS cut off
/// without close_notify). After an error only close(), try_write() and the getters make sense.
class Stream {
public:
    /// Takes ownership of a connected socket and makes it non-blocking. The executor must be of an IoPool (or another
    /// io_context), else std::bad_executor is thrown.
    Stream(const Executor& executor, int descriptor, Address peer, Address local);
    Stream(Stream&&) noexcept;
    Stream& operator=(Stream&&) noexcept;
    /// close()
    ~Stream();

    /// At least one byte, or 0: the peer ended its direction properly (FIN in clear, close_notify under TLS).
    Task<Result<std::size_t>> read_some(std::span<char> into);
    /// Ends when read_some would not block: an idle session needs no buffer while it waits here.
    Task<Result<>> wait_readable();
    /// Everything, in order, in as few packets and records as possible.
    Task<Result<>> write_all(std::string_view bytes);
    Task<Result<>> write_all(std::span<const std::string_view> pieces);

    /// Hands over what the socket takes at once, best effort, also after an expired deadline: for a last "421" line.
    void try_write(std::string_view bytes) noexcept;

    /// Handshakes in place. What the session has read in clear and not yet used it must throw away itself; the stream
    /// holds nothing back. tls with the reason when it fails; the stream is then of no further use.
    Task<Result<>> start_tls_server(std::shared_ptr<const TlsServerContext> context);
    /// Verifies as the context says. host: name or IP literal the certificate must be for; names are sent as SNI.
    Task<Result<>> start_tls_client(std::shared_ptr<const TlsClientContext> context, std::string host);
    bool is_tls() const;
    /// Precondition: is_tls().
    TlsInfo tls_info() const;
    /// After start_tls_client, also a failed one; with a context that accepts any certificate too.
    CertificateVerdict certificate_verdict() const;
    /// RFC 5705 keying material; with label "EXPORTER-Channel-Binding" and 32 bytes the tls-exporter binding (RFC
    /// 9266). Empty if not under TLS.
    std::string tls_exporter(std::string_view label, std::size_t length) const;
    /// RFC 5929 4.1: hash of the server's certificate, on either side. Empty if not under TLS.
    std::string tls_server_end_point() const;

    /// Says goodbye: close_notify, then FIN. Reading stays possible. Does not wait for the peer.
    Task<> shutdown();
    /// At once; what is in flight ends with ErrorKind::cancelled. May be called again.
    void close();
    /// What is in flight ends with this error, and so does every later read and write.
    void expire(Error why);

    const Address& peer() const;
    const Address& local() const;
    Executor executor() const;
    int descriptor() const;  // -1 after close()

    struct Impl;

private:
    friend class Watchdog;
    friend Task<Result<>> finish_connecting(Stream& stream);
    static void expire(Impl& stream, Error why);
    std::shared_ptr<Impl> impl_;
};

/// Two connected ends (socketpair), for tests and for tunnels inside the program.
Result<std::pair<Stream, Stream>> make_stream_pair(const Executor& first, const Executor& second);

}  // namespace restante::net
