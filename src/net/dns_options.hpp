#pragma once
// Whom to ask for names, and for how long.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace restante::net {

struct DnsOptions {
    std::vector<std::string> servers{};        // "192.0.2.53", "[2001:db8::1]:5353"; empty: those of /etc/resolv.conf
    std::chrono::milliseconds timeout{3'000};  // of the first try; c-ares waits longer with each further one
    std::uint32_t tries = 3;                   // of each server
    /// The way to the servers is safe and they check DNSSEC: their AD bit is believed (RFC 7672 2.1.1).
    bool trusted = false;
    std::size_t concurrency = 1'000;  // questions under way; more wait
};

}  // namespace restante::net
