#pragma once
// How long to wait for the other side at least (RFC 5321 4.5.3.2), in seconds.

namespace restante::smtp::timeouts {

inline constexpr unsigned greeting = 300;     // client: the 220
inline constexpr unsigned hello = 300;        // client: EHLO, HELO, STARTTLS, AUTH; not in the RFC, as MAIL
inline constexpr unsigned mail = 300;         // client: the reply to MAIL
inline constexpr unsigned rcpt = 300;         // client: the reply to RCPT
inline constexpr unsigned data_start = 120;   // client: the 354
inline constexpr unsigned data_block = 180;   // client: one write of the text to go out
inline constexpr unsigned data_end = 600;     // client: the reply to the final dot; less makes duplicates
inline constexpr unsigned quit = 10;          // client: nothing depends on it
inline constexpr unsigned server_idle = 300;  // server: the next command

}  // namespace restante::smtp::timeouts
