#pragma once
// The listening sockets the configuration asks for.
#include <string>
#include <vector>

#include "config.hpp"

namespace restante {

struct ListenerPlan {
    std::string name;                // "pop3_tls": as the ready message and listeners.json call it
    std::string section;             // "[pop3] listen_tls": where a person changes it
    std::vector<std::string> binds;  // may be empty: switched off
};

std::vector<ListenerPlan> planned_listeners(const Config& config);

}  // namespace restante
