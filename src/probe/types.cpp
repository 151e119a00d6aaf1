#include "probe/types.hpp"

namespace restante::probe {

const char* to_string(Protocol protocol) { return protocol == Protocol::pop3 ? "pop3" : "smtp"; }

const char* to_string(ConnectionType type) {
    switch (type) {
        case ConnectionType::plaintext:
            return "plaintext";
        case ConnectionType::ssl:
            return "ssl";
        case ConnectionType::tls:
            return "tls";
    }
    return "unknown";
}

const char* to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::success:
            return "success";
        case Outcome::skipped:
            return "skipped";
        case Outcome::failure:
            return "failure";
    }
    return "unknown";
}

std::uint16_t default_port(Protocol protocol, ConnectionType type) {
    if (protocol == Protocol::pop3) return type == ConnectionType::ssl ? 995 : 110;
    return type == ConnectionType::ssl ? 465 : 587;
}

}  // namespace restante::probe
