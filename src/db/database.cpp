#include "db/database.hpp"

#include <sqlite3.h>

namespace restante::db {
namespace {

class SqliteDatabase final : public Database {
public:
    SqliteDatabase(Options options, std::unique_ptr<Session> writer) : options_(std::move(options)), writer_(std::move(writer)) {}

    const std::string& path() const override { return options_.sqlite.path; }

    Result<void> migrate(std::span<const Migration> migrations) override {
        const std::lock_guard lock(write_mutex_);
        return db::migrate(*writer_, migrations);
    }

    Result<void> backup_to(const std::string& path) override {
        // VACUUM INTO reads one snapshot and writes a fresh, synced file; writers go on meanwhile.
        auto session = take_reader();
        if (!session) return fail(std::move(session.error()));
        auto done = (*session)->execute("VACUUM INTO $1", {std::string_view(path)});
        give_back(std::move(*session));
        if (!done) return fail(std::move(done.error()));
        return {};
    }

protected:
    Result<void> write_transaction(const Body& body) override {
        const std::lock_guard lock(write_mutex_);
        return transaction(*writer_, "BEGIN IMMEDIATE", body);
    }

    Result<void> read_transaction(const Body& body) override {
        auto session = take_reader();
        if (!session) return fail(std::move(session.error()));
        auto done = transaction(**session, "BEGIN", body);
        give_back(std::move(*session));
        return done;
    }

private:
    static Result<void> transaction(Session& session, std::string_view begin, const Body& body) {
        if (auto started = session.execute(begin); !started) return fail(std::move(started.error()));
        struct Rollback {
            Session* session;
            ~Rollback() {
                if (session != nullptr) (void)session->execute("ROLLBACK");
            }
        } rollback{&session};
        if (auto done = body(session); !done) return done;
        if (auto done = session.execute("COMMIT"); !done) return fail(std::move(done.error()));
        rollback.session = nullptr;
        return {};
    }

    Result<std::unique_ptr<Session>> take_reader() {
        std::unique_lock lock(readers_mutex_);
        freed_.wait(lock, [&] { return !idle_.empty() || open_ < options_.readers; });
        if (!idle_.empty()) {
            auto session = std::move(idle_.back());
            idle_.pop_back();
            return session;
        }
        ++open_;
        lock.unlock();
        SqliteOptions options = options_.sqlite;
        options.read_only = true;
        auto session = open_sqlite(options);
        if (!session) {
            const std::lock_guard again(readers_mutex_);
            --open_;
            freed_.notify_one();
        }
        return session;
    }

    void give_back(std::unique_ptr<Session> session) {
        const std::lock_guard lock(readers_mutex_);
        idle_.push_back(std::move(session));
        freed_.notify_one();
    }

    const Options options_;
    std::mutex write_mutex_;
    const std::unique_ptr<Session> writer_;  // guarded by write_mutex_
    std::mutex readers_mutex_;
    std::condition_variable freed_;
    std::vector<std::unique_ptr<Session>> idle_;
    std::size_t open_ = 0;
};

}  // namespace

Result<std::unique_ptr<Database>> Database::open(Options options) {
    auto writer = open_sqlite(options.sqlite);
    if (!writer) return fail(std::move(writer.error()));
    return std::make_unique<SqliteDatabase>(std::move(options), std::move(*writer));
}

}  // namespace restante::db
