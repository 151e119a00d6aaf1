#pragma once
// One POP3 session with a foreign server, logged in.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fetch/types.hpp"
#include "net/connect.hpp"
#include "net/stream.hpp"
#include "net/tls_context.hpp"
#include "net/watchdog.hpp"
#include "pop3/client_machine.hpp"

namespace restante::fetch {

/// Lives on its stream's executor; destroying it drops the connection, which deletes nothing.
class Session {
public:
    Session(net::Stream stream, const Settings& settings, std::shared_ptr<const net::TlsClientContext> context,
            std::chrono::minutes longest);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// TLS from the first octet, for TlsMode::implicit.
    net::Task<Result<void>> start_tls();
    /// Runs to the next step that is neither NeedInput nor StartTls nor Failed; what failed is the error.
    net::Task<Result<pop3::ClientStep>> next();
    pop3::ClientMachine& machine() { return machine_; }
    const net::Stream& stream() const { return stream_; }

private:
    net::Task<Result<void>> exchange();
    Error unless_late(Error error) const;

    net::Stream stream_;
    net::Watchdog watchdog_;
    pop3::ClientMachine machine_;
    std::shared_ptr<const net::TlsClientContext> context_;
    std::string host_;
    std::string tls_name_;
    std::chrono::seconds timeout_;
    std::vector<char> buffer_;
};

/// Connects, secures and logs in. steps: what happened in which time, for a person; may be null.
/// Errors: denied (forbidden address), not_found, unavailable, timeout, tls, protocol, unauthenticated, busy, io.
net::Task<Result<std::unique_ptr<Session>>> open_session(net::WorkPool& pool, const Settings& settings,
                                                         const std::string& password, const Options& options,
                                                         std::vector<ProbeStep>* steps);

/// What a -ERR means for us.
Error error_of(const pop3::client::Refused& refused, std::string_view doing);

}  // namespace restante::fetch
