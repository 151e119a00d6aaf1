#pragma once
// `restante doctor`: looks at everything a server needs and says, line by line, what is well and what to do if not.
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "config.hpp"

namespace restante::doctor {

enum class State { ok, warn, fail };
const char* to_string(State state);

struct Finding {
    State state = State::ok;
    std::string check;   // "port pop3 127.0.0.1:110"
    std::string found;   // what is so
    std::string advice;  // what to do; empty when ok
};

/// Reads only; binds ports for a moment. Blocking: DNS and, if no server runs on the data directory, a full check of
/// the store (`verify_store`, which gives a sentence or an error; left out if empty).
std::vector<Finding> examine(const Config& config, const Clock& clock,
                             const std::function<Result<std::string>(const Config&)>& verify_store);

// The single checks.
Finding check_hostname(const std::string& hostname);
Finding check_certificate(const std::string& certificate_file, const std::string& key_file, const std::string& hostname, Timestamp now);
Finding check_disk(std::uint64_t free_bytes, std::uint64_t total_bytes, const std::string& path);
Finding check_folder(const std::string& path);
Finding check_port(const std::string& service, const std::string& bind, bool server_runs);
/// database_file: of the directory; read while a server may use it.
Finding check_postmaster(const std::string& database_file, const directory::Options& options);
Finding check_clock();
Finding check_descriptors();

}  // namespace restante::doctor
