#include "paths.hpp"

#include <unistd.h>

#include <array>

namespace restante {

Paths::Paths(const Config& config)
    : database(config.server.data_directory + "/restante.db"),
      mail(config.server.data_directory + "/mail"),
      certificate(config.tls.certificate.empty() ? config.server.data_directory + "/tls/certificate.pem" : config.tls.certificate),
      key(config.tls.key.empty() ? config.server.data_directory + "/tls/key.pem" : config.tls.key),
      unix_socket(config.admin.unix_socket.empty() ? config.server.data_directory + "/admin.sock" : config.admin.unix_socket),
      listeners(config.server.data_directory + "/listeners.json") {}

std::string effective_hostname(const Config& config) {
    if (!config.server.hostname.empty()) return config.server.hostname;
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost.localdomain";
    return name.data();
}

}  // namespace restante
