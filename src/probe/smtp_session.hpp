#pragma once
// One SMTP session as a client, over a connection.
#include <memory>
#include <vector>

#include "net/stream.hpp"
#include "net/tls_context.hpp"
#include "net/watchdog.hpp"
#include "smtp/client_machine.hpp"

namespace restante::probe {

/// Lives on its stream's executor.
class SmtpSession {
public:
    SmtpSession(net::Stream stream, smtp::ClientOptions options, std::shared_ptr<const net::TlsClientContext> context,
                std::string host, std::string tls_name, std::chrono::seconds timeout);
    SmtpSession(const SmtpSession&) = delete;
    SmtpSession& operator=(const SmtpSession&) = delete;

    /// TLS from the first octet.
    net::Task<Result<void>> start_tls();
    /// Runs to Ready, NeedData or Finished; whatever ends the session is the error.
    net::Task<Result<smtp::ClientStep>> next();
    smtp::ClientMachine& machine() { return machine_; }
    const net::Stream& stream() const { return stream_; }

private:
    net::Task<Result<void>> receive();
    Error unless_late(Error error) const;

    net::Stream stream_;
    net::Watchdog watchdog_;
    smtp::ClientMachine machine_;
    std::shared_ptr<const net::TlsClientContext> context_;
    const std::string host_, tls_name_;
    const std::chrono::seconds timeout_;
    std::vector<char> buffer_;
};

}  // namespace restante::probe
