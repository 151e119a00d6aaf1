#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace restante {
namespace {
constexpr std::array kNames{"debug", "info", "warn", "error"};
constexpr std::size_t kLongestValue = 2000;  // bytes

std::string json_string(std::string_view s) {
    std::string out = "\"";
    for (const char c : escape_for_log(s, kLongestValue)) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string text_value(std::string_view s) {
    const std::string escaped = escape_for_log(s, kLongestValue);
    const bool plain = !escaped.empty() && escaped.find_first_of(" =\"") == std::string::npos;
    return plain ? escaped : json_string(s);
}

std::string value_of(const LogField& field, bool json) {
    if (const auto* text = std::get_if<std::string_view>(&field.value)) return json ? json_string(*text) : text_value(*text);
    if (const auto* number = std::get_if<std::int64_t>(&field.value)) return fmt::format("{}", *number);
    return fmt::format("{:.6g}", std::get<double>(field.value));
}

class SpdLog final : public Log {
public:
    SpdLog(std::shared_ptr<spdlog::logger> logger, LogLevel least, bool json)
        : logger_(std::move(logger)), least_(least), json_(json) {
        logger_->set_pattern("%v");
        logger_->set_level(spdlog::level::trace);
        logger_->flush_on(spdlog::level::trace);
    }
    bool enabled(LogLevel level) const override { return level >= least_; }
    void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override {
        const char* name = kNames[static_cast<std::size_t>(level)];
        const std::string now = to_rfc3339(clock_.now());
        std::string line = json_ ? fmt::format(R"({{"time":"{}","level":"{}","event":{})", now, name, json_string(event))
                                 : fmt::format("{} {} {}", now, name, event);
        for (const LogField& field : fields)
            line += json_ ? fmt::format(",{}:{}", json_string(field.key), value_of(field, true))
                          : fmt::format(" {}={}", field.key, value_of(field, false));
        if (json_) line += '}';
        logger_->info("{}", line);
    }

private:
    std::shared_ptr<spdlog::logger> logger_;
    SystemClock clock_;
    const LogLevel least_;
    const bool json_;
};

class NullLog final : public Log {
public:
    bool enabled(LogLevel) const override { return false; }
    void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};
}  // namespace

std::unique_ptr<Log> make_log(const std::string& target, LogLevel least, bool json) {
    spdlog::sink_ptr sink;
    if (target == "stderr")
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else
        sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(target);
    return std::make_unique<SpdLog>(std::make_shared<spdlog::logger>("restante", sink), least, json);
}

Log& null_log() {
    static NullLog log;
    return log;
}

}  // namespace restante
