#pragma once
// APOP (RFC 1939 7), which is older than SASL. MD5 over a stamp and a shared secret: collisions in MD5 give passwords
// away to whoever chooses the stamps (CVE-2007-1558), so only the server side is here.
#include <string>
#include <string_view>

namespace restante::sasl {

/// "<unique@host_name>", of letters, digits and dots before the '@': clients refuse others. Never the same twice.
std::string make_apop_stamp(std::string_view host_name);
/// 32 lower-case hex digits.
std::string apop_digest(std::string_view stamp, std::string_view secret);

}  // namespace restante::sasl
