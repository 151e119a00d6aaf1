#pragma once
// Values of the directory's rows. Internal to the module.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "db/session.hpp"

namespace restante::directory {

inline db::Value time_value(const std::optional<Timestamp>& time) {
    if (!time) return nullptr;
    return to_micros(*time);
}

inline std::optional<Timestamp> time_in(const db::Row& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return from_micros(row.integer(column));
}

inline Result<void> run(db::Session& session, std::string_view sql, std::initializer_list<db::Value> parameters) {
    auto done = session.execute(sql, parameters);
    if (!done) return fail(std::move(done.error()));
    return {};
}

/// Addresses hold no line ends, but may hold blanks.
inline std::string joined_lines(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += (out.empty() ? "" : "\n") + line;
    return out;
}

inline std::vector<std::string> lines_in(const db::Row& row, int column) {
    std::vector<std::string> out;
    if (!row.text(column).empty())
        for (const std::string_view line : split(row.text(column), '\n')) out.emplace_back(line);
    return out;
}

}  // namespace restante::directory
