#pragma once
// A client's end of a TCP connection on loopback, blocking, for tests. TLS without verification.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace restante::transcripts {

class SocketConnection {
public:
    /// Throws std::runtime_error if nobody listens. receive_buffer: SO_RCVBUF in octets, 0: the system's.
    explicit SocketConnection(std::uint16_t port, int receive_buffer = 0);
    /// from: the address of this end, in 127.0.0.0/8.
    SocketConnection(std::uint16_t port, const std::string& from, int receive_buffer = 0);
    ~SocketConnection();
    SocketConnection(const SocketConnection&) = delete;
    SocketConnection& operator=(const SocketConnection&) = delete;

    /// False if the handshake fails.
    bool start_tls();
    /// RFC 9266; empty without TLS.
    std::string tls_exporter() const;
    /// A connection closed by the peer takes nothing; that is no error.
    void send(std::string_view bytes);
    /// Some bytes; empty at the end of the stream or after the time.
    std::string receive(std::chrono::milliseconds longest = std::chrono::seconds(10));
    /// Up to and with the next CRLF; shorter at the end of the stream or after the time.
    std::string line();
    /// Everything until the end of the stream.
    std::string rest();
    /// Whether the peer has ended the stream (seen by receive).
    bool ended() const { return ended_; }
    void close();

private:
    struct Tls;
    int fd_;
    std::unique_ptr<Tls> tls_;
    std::string buffered_;
    bool ended_ = false;
};

}  // namespace restante::transcripts
