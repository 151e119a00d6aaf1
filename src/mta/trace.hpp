#pragma once
// The header fields an SMTP server puts in front of a message (RFC 5321 4.4, RFC 3848, RFC 6409 8). Pure.
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "message/envelope.hpp"
#include "smtp/server_machine.hpp"

namespace restante::mta {

struct TraceFacts {
    std::string_view client_literal;  // "[192.0.2.1]"; empty for a unix socket
    std::string_view host_name;
    std::string_view id;
    std::string_view tls;  // "TLSv1.3 TLS_AES_256_GCM_SHA384", or empty
    Timestamp now{};
};

/// How a message is called towards peers and in the log: "5F0A1C2B3D4E".
std::string to_queue_id(std::int64_t id);

/// "ESMTPSA", "LMTP", "UTF8SMTPS" and the like (RFC 3848, RFC 6531 4.3).
std::string with_protocol(const smtp::Session& session, bool utf8);

/// "Received: ...", folded, with CRLF. The recipient is named only if there is one: it would show the others.
std::string received_field(const smtp::Session& session, const message::Envelope& envelope, const TraceFacts& facts);

/// The same for mail that this program wrote itself.
std::string local_received_field(std::string_view id, std::string_view host_name, Timestamp now);

/// What submission may add (RFC 6409 8.1, 8.2).
std::string date_field(Timestamp now);
std::string message_id_field(std::string_view id, std::string_view host_name);

}  // namespace restante::mta
