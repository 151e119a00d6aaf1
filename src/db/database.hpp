#pragma once
// One relational database: one writer, several readers.
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "db/session.hpp"

namespace restante::db {

enum class Sync {
    normal,  // WAL without a sync per commit: a crash of the machine may lose the newest transactions, never order
    full,    // committed means durable
};

struct SqliteOptions {
    std::string path;          // ":memory:" is not supported: use a file in a temporary folder
    std::string vfs;           // SQLite VFS by name; empty: the default one
    Sync sync = Sync::full;
    bool read_only = false;
    int busy_timeout_ms = 10'000;
    int cache_kib = 8'192;     // page cache of this connection
    bool checkpoint_on_close = true;  // false: the write-ahead log stays as it is when the connection goes
    bool exclusive = false;    // locking_mode=EXCLUSIVE: no shared memory file, one connection only
};

/// WAL mode, foreign keys on, secure_delete off.
Result<std::unique_ptr<Session>> open_sqlite(const SqliteOptions& options);

/// Thread-safe. All writes of the process to one database go through one Database, so that they queue here
/// (in order) instead of failing on SQLite's lock.
class Database {
public:
    struct Options {
        SqliteOptions sqlite;
        std::size_t readers = 4;  // read connections, opened on demand
    };
    static Result<std::unique_ptr<Database>> open(Options options);
    virtual ~Database() = default;

    /// Runs `body` in one transaction on the writer: COMMIT when it returns a value (durable when this returns),
    /// ROLLBACK when it returns an error or throws. Blocks.
    template <class F>
    auto write(F&& body) -> std::invoke_result_t<F, Session&> {
        using R = std::invoke_result_t<F, Session&>;
        std::optional<R> result;
        Result<void> outcome = write_transaction([&](Session& session) -> Result<void> {
            result.emplace(body(session));
            if (!*result) return fail(result->error());
            return {};
        });
        if (!outcome) return fail(std::move(outcome.error()));
        return std::move(*result);
    }

    /// Runs `body` on a read connection that sees one consistent snapshot. Blocks.
    template <class F>
    auto read(F&& body) -> std::invoke_result_t<F, Session&> {
        using R = std::invoke_result_t<F, Session&>;
        std::optional<R> result;
        Result<void> outcome = read_transaction([&](Session& session) -> Result<void> {
            result.emplace(body(session));
            if (!*result) return fail(result->error());
            return {};
        });
        if (!outcome) return fail(std::move(outcome.error()));
        return std::move(*result);
    }

    /// Applies one module's migrations on the writer, each step in its own transaction (see db::migrate). Blocks.
    virtual Result<void> migrate(std::span<const Migration> migrations) = 0;
    /// A consistent copy of the database into a new file, while others go on.
    virtual Result<void> backup_to(const std::string& path) = 0;
    virtual const std::string& path() const = 0;

protected:
    using Body = std::function<Result<void>(Session&)>;
    virtual Result<void> write_transaction(const Body& body) = 0;
    virtual Result<void> read_transaction(const Body& body) = 0;
};

}  // namespace restante::db
