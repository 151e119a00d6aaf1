#include "base/clock.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace restante {
namespace {
struct Broken {
    std::tm tm{};
    int micros = 0;
};
Broken break_down(Timestamp t) {
    Broken out;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(t);
    out.micros = static_cast<int>((t - seconds).count());
    const std::time_t raw = seconds.time_since_epoch().count();
    gmtime_r(&raw, &out.tm);
    return out;
}
}  // namespace

Timestamp SystemClock::now() const {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::string to_rfc3339(Timestamp t) {
    const Broken b = break_down(t);
    std::array<char, 80> out{};
    std::snprintf(out.data(), out.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", b.tm.tm_year + 1900, b.tm.tm_mon + 1,
                  b.tm.tm_mday, b.tm.tm_hour, b.tm.tm_min, b.tm.tm_sec, b.micros);
    return out.data();
}

std::string to_rfc5322(Timestamp t) {
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Broken b = break_down(t);
    std::array<char, 80> out{};
    std::snprintf(out.data(), out.size(), "%s, %02d %s %04d %02d:%02d:%02d +0000",
                  days[static_cast<std::size_t>(b.tm.tm_wday)], b.tm.tm_mday,
                  months[static_cast<std::size_t>(b.tm.tm_mon)], b.tm.tm_year + 1900, b.tm.tm_hour, b.tm.tm_min,
                  b.tm.tm_sec);
    return out.data();
}

}  // namespace restante
