#pragma once
// Structured log events: a name ("smtp.accepted") and fields. Text values are escaped here, in one place.
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace restante {

enum class LogLevel { debug, info, warn, error };

struct LogField {
    std::string_view key;
    std::variant<std::string_view, std::int64_t, double> value;
    LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
    LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
    LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
    LogField(std::string_view k, std::int64_t v) : key(k), value(v) {}
    LogField(std::string_view k, int v) : key(k), value(std::int64_t{v}) {}
    LogField(std::string_view k, std::uint64_t v) : key(k), value(static_cast<std::int64_t>(v)) {}
    LogField(std::string_view k, double v) : key(k), value(v) {}
};

/// Thread-safe. Values are valid during the call only. Never pass a password or a token.
class Log {
public:
    virtual ~Log() = default;
    virtual bool enabled(LogLevel level) const = 0;
    virtual void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) = 0;

    void debug(std::string_view event, std::initializer_list<LogField> fields = {}) { put(LogLevel::debug, event, fields); }
    void info(std::string_view event, std::initializer_list<LogField> fields = {}) { put(LogLevel::info, event, fields); }
    void warn(std::string_view event, std::initializer_list<LogField> fields = {}) { put(LogLevel::warn, event, fields); }
    void error(std::string_view event, std::initializer_list<LogField> fields = {}) { put(LogLevel::error, event, fields); }

private:
    void put(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
        if (enabled(level)) write(level, event, fields);
    }
};

/// One line an event: `2026-11-21T22:03:45.123456Z info smtp.accepted from=a@b size=120`, or a JSON object.
/// target: "stderr", or the path of a file that is appended to. Throws std::runtime_error if it cannot be opened.
std::unique_ptr<Log> make_log(const std::string& target, LogLevel least, bool json);

/// Drops everything (tests).
Log& null_log();

}  // namespace restante
