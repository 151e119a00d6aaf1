#pragma once
// Files of a protocol log: which one is written to now, and which are old enough to go.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace restante::watch {

/// Part of the name by which a file belongs to a time: "20261122T15", "20261122", "20261116" (the week's Monday),
/// "202611". UTC. An unknown rotation is daily.
std::string period_of(Timestamp at, std::string_view rotation);

/// Used by one thread.
class LogFiles {
public:
    struct Limits {
        std::string folder, rotation;
        std::uint64_t file_bytes = 0, total_bytes = 0;
        std::chrono::hours keep{0};
    };
    explicit LogFiles(std::string service) : service_(std::move(service)) {}
    ~LogFiles() { close(); }
    LogFiles(const LogFiles&) = delete;
    LogFiles& operator=(const LogFiles&) = delete;

    /// Appends to the file of `now`; `header` begins every new one. Errors: no_space, denied, io.
    Result<void> append(std::string_view bytes, std::string_view header, Timestamp now, const Limits& limits);
    void close();

private:
    Result<void> open(const std::string& period, std::string_view header, const Limits& limits);
    void remove_old(const Limits& limits, Timestamp now) const;
    std::string path(const Limits& limits, std::uint64_t number) const;

    const std::string service_;
    int file_ = -1;
    std::string folder_, period_;
    std::uint64_t number_ = 0;
    std::uint64_t size_ = 0;
};

}  // namespace restante::watch
