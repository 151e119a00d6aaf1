#include <sqlite3.h>

#include <string>
#include <unordered_map>

#include "db/database.hpp"

namespace restante::db {
namespace {

Error sqlite_error(sqlite3* handle, int code, std::string_view what) {
    const std::string detail = std::string(what) + ": " + (handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
    switch (code & 0xFF) {
        case SQLITE_FULL: return {ErrorKind::no_space, detail, Retry::later};
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return {ErrorKind::busy, detail, Retry::later};
        case SQLITE_CONSTRAINT: return {ErrorKind::already_exists, detail, Retry::never};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return {ErrorKind::corrupt, detail, Retry::never};
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY: return {ErrorKind::io, detail, Retry::later};
        default: return {ErrorKind::internal, detail, Retry::never};
    }
}

class SqliteRow final : public Row {
public:
    explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
    bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
    double real(int column) const override { return sqlite3_column_double(statement_, column); }
    std::string_view text(int column) const override {
        // sqlite3_column_blob returns the bytes of a text value too and never converts.
        const void* data = sqlite3_column_blob(statement_, column);
        const int size = sqlite3_column_bytes(statement_, column);
        return {static_cast<const char*>(data), data == nullptr ? 0 : static_cast<std::size_t>(size)};
    }

private:
    sqlite3_stmt* statement_;
};

void bind(sqlite3_stmt* statement, int index, const Value& value) {
    struct Binder {
        sqlite3_stmt* statement;
        int index;
        void operator()(std::nullptr_t) const { sqlite3_bind_null(statement, index); }
        void operator()(std::int64_t v) const { sqlite3_bind_int64(statement, index, v); }
        void operator()(double v) const { sqlite3_bind_double(statement, index, v); }
        // An empty view may have a null pointer, which SQLite would store as NULL.
        void operator()(std::string_view v) const {
            sqlite3_bind_text64(statement, index, v.empty() ? "" : v.data(), v.size(), SQLITE_STATIC, SQLITE_UTF8);
        }
        void operator()(Blob v) const {
            sqlite3_bind_blob64(statement, index, v.bytes.empty() ? "" : v.bytes.data(), v.bytes.size(), SQLITE_STATIC);
        }
    };
    std::visit(Binder{statement, index}, value);
}

/// `$7` as `?7`. SQLite takes `$7` for a name and numbers names by their first appearance, so that
/// `UPDATE t SET a=$2 WHERE id=$1` would get its values the wrong way round.
std::string numbered_placeholders(std::string_view sql) {
    std::string out(sql);
    bool quoted = false;
    for (std::size_t i = 0; i + 1 < out.size(); ++i) {
        if (out[i] == '\'') quoted = !quoted;
        if (!quoted && out[i] == '$' && out[i + 1] >= '1' && out[i + 1] <= '9') out[i] = '?';
    }
    return out;
}

class SqliteSession final : public Session {
public:
    explicit SqliteSession(sqlite3* handle) : handle_(handle) {}
    ~SqliteSession() override {
        for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
        sqlite3_close_v2(handle_);
    }
    SqliteSession(const SqliteSession&) = delete;
    SqliteSession& operator=(const SqliteSession&) = delete;

    Result<std::int64_t> execute(std::string_view sql, std::span<const Value> parameters) override {
        if (auto done = run(sql, parameters, nullptr); !done) return fail(std::move(done.error()));
        return sqlite3_changes64(handle_);
    }
    Result<void> query(std::string_view sql, std::span<const Value> parameters, const OnRow& on_row) override {
        return run(sql, parameters, &on_row);
    }
    Result<void> script(std::string_view sql) override {
        const std::string text(sql);
        const int code = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) return fail(sqlite_error(handle_, code, "SQL script"));
        return {};
    }

private:
    Result<sqlite3_stmt*> prepared(std::string_view sql) {
        if (const auto found = statements_.find(std::string(sql)); found != statements_.end()) return found->second;
        sqlite3_stmt* statement = nullptr;
        const std::string text = numbered_placeholders(sql);
        const int code = sqlite3_prepare_v3(handle_, text.data(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT,
                                            &statement, nullptr);
        if (code != SQLITE_OK) return fail(sqlite_error(handle_, code, sql));
        statements_.emplace(sql, statement);
        return statement;
    }
    Result<void> run(std::string_view sql, std::span<const Value> parameters, const OnRow* on_row) {
        auto statement = prepared(sql);
        if (!statement) return fail(std::move(statement.error()));
        // A statement left open by a throwing callback would hold a lock for ever.
        struct Reset {
            sqlite3_stmt* statement;
            ~Reset() {
                sqlite3_reset(statement);
                sqlite3_clear_bindings(statement);
            }
        } reset{*statement};
        for (std::size_t i = 0; i < parameters.size(); ++i) bind(*statement, static_cast<int>(i) + 1, parameters[i]);
        const SqliteRow row(*statement);
        for (;;) {
            const int code = sqlite3_step(*statement);
            if (code == SQLITE_DONE) return {};
            if (code != SQLITE_ROW) return fail(sqlite_error(handle_, code, sql));
            if (on_row != nullptr) (*on_row)(row);
        }
    }

    sqlite3* handle_;
    std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

std::string pragmas(const SqliteOptions& options) {
    std::string out = "PRAGMA busy_timeout=" + std::to_string(options.busy_timeout_ms) + ";";
    if (options.exclusive) out += "PRAGMA locking_mode=EXCLUSIVE;";
    if (!options.read_only) out += "PRAGMA journal_mode=WAL;";
    out += options.sync == Sync::full ? "PRAGMA synchronous=FULL;" : "PRAGMA synchronous=NORMAL;";
    out += "PRAGMA foreign_keys=ON;PRAGMA secure_delete=OFF;PRAGMA temp_store=MEMORY;";
    out += "PRAGMA cache_size=-" + std::to_string(options.cache_kib) + ";";
    return out;
}

}  // namespace

Result<std::optional<std::int64_t>> Session::integer(std::string_view sql, std::initializer_list<Value> parameters) {
    std::optional<std::int64_t> out;
    auto done = query(sql, parameters, [&](const Row& row) {
        if (!out && !row.is_null(0)) out = row.integer(0);
    });
    if (!done) return fail(std::move(done.error()));
    return out;
}

Result<std::optional<std::string>> Session::text(std::string_view sql, std::initializer_list<Value> parameters) {
    std::optional<std::string> out;
    auto done = query(sql, parameters, [&](const Row& row) {
        if (!out && !row.is_null(0)) out = std::string(row.text(0));
    });
    if (!done) return fail(std::move(done.error()));
    return out;
}

Result<std::unique_ptr<Session>> open_sqlite(const SqliteOptions& options) {
    sqlite3* handle = nullptr;
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    const int code = sqlite3_open_v2(options.path.c_str(), &handle, flags, options.vfs.empty() ? nullptr : options.vfs.c_str());
    if (code != SQLITE_OK) {
        const Error error = sqlite_error(handle, code, "open database " + options.path);
        sqlite3_close_v2(handle);
        return fail(error);
    }
    auto session = std::make_unique<SqliteSession>(handle);
    if (!options.checkpoint_on_close) sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    // The busy timeout comes first: switching to WAL takes a lock.
    if (auto done = session->script(pragmas(options)); !done) return fail(std::move(done.error()));
    return session;
}

}  // namespace restante::db
