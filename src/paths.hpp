#pragma once
// Where things lie, from the configuration alone.
#include <string>

#include "config.hpp"

namespace restante {

struct Paths {
    explicit Paths(const Config& config);
    std::string database;     // SQLite
    std::string mail;         // folder of the body log
    std::string certificate;  // PEM chain
    std::string key;          // PEM
    std::string unix_socket;  // of the HTTP API
    std::string listeners;    // JSON: the bound addresses of the running server
};

/// [server] hostname, or what the system calls itself; "localhost.localdomain" if it says nothing.
std::string effective_hostname(const Config& config);

}  // namespace restante
