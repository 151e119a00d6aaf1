#pragma once
// SQL sessions. The dialect is what SQLite and PostgreSQL both speak (RETURNING, ON CONFLICT, BIGINT epoch
// microseconds, no triggers); placeholders are $1, $2, ...
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace restante::db {

/// Bytes that are not text (BLOB / BYTEA).
struct Blob {
    std::string_view bytes;
};

/// A parameter. Text and blobs are borrowed for the call.
using Value = std::variant<std::nullptr_t, std::int64_t, double, std::string_view, Blob>;

/// One row of a result; valid during the callback only. Columns count from 0.
class Row {
public:
    virtual ~Row() = default;
    virtual bool is_null(int column) const = 0;
    virtual std::int64_t integer(int column) const = 0;
    virtual double real(int column) const = 0;
    virtual std::string_view text(int column) const = 0;  // also for blobs
};

using OnRow = std::function<void(const Row&)>;

/// One connection, used by one thread at a time. Blocks: call it from a work pool.
/// Errors: already_exists (unique or foreign key violated), no_space, busy, corrupt, io, internal (bad SQL).
class Session {
public:
    virtual ~Session() = default;
    /// Runs one statement; returns the number of rows changed. Statements are prepared once and kept.
    virtual Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters) = 0;
    virtual Result<void> query(std::string_view sql, std::span<const Value> parameters, const OnRow& on_row) = 0;
    /// Several statements separated by ';', without parameters (schema changes).
    virtual Result<void> script(std::string_view sql) = 0;

    Result<std::int64_t> execute(std::string_view sql, std::initializer_list<Value> parameters = {}) {
        return execute(sql, std::span(parameters.begin(), parameters.size()));
    }
    Result<void> query(std::string_view sql, std::initializer_list<Value> parameters, const OnRow& on_row) {
        return query(sql, std::span(parameters.begin(), parameters.size()), on_row);
    }
    /// First column of the first row, or nullopt when there is no row.
    Result<std::optional<std::int64_t>> integer(std::string_view sql, std::initializer_list<Value> parameters = {});
    Result<std::optional<std::string>> text(std::string_view sql, std::initializer_list<Value> parameters = {});
};

/// Of a statement whose number of changed rows does not matter.
inline Result<void> without_count(Result<std::int64_t> changed) {
    if (!changed) return fail(std::move(changed.error()));
    return {};
}

/// One numbered, forward-only step of one module's schema, e.g. {"directory", 1, "CREATE TABLE ..."}.
struct Migration {
    std::string_view module;
    int number;
    std::string_view sql;
};

/// Applies what is missing, each step in a transaction, recorded in table schema_version(module, number).
/// Fails with newer_version if the database holds a step of a listed module that this program does not know.
Result<void> migrate(Session& session, std::span<const Migration> migrations);

}  // namespace restante::db
