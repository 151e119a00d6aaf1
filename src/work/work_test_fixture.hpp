#pragma once
// A tracker over a database in a temporary folder, with a composer that notes what it was asked for.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "base/log.hpp"
#include "directory/directory.hpp"
#include "work/work.hpp"

namespace restante::work {

struct Composed {
    std::int64_t item = 0, comment = 0;
    std::string recipient, token;
};

class NotingComposer final : public NotificationComposer {
public:
    Result<OutgoingMail> compose(const Item& item, const Comment& comment, const Person& recipient,
                                 const std::string& token) override {
        if (recipient.email == refused) return fail(ErrorKind::internal, "cannot write to " + recipient.email);
        made.push_back({item.id, comment.id, recipient.email, token});
        auto address = message::Address::parse(recipient.email);
        if (!address) return fail(std::move(address.error()));
        return OutgoingMail{{std::nullopt, {{*address}}},
                            "Subject: " + item.title + "\r\n\r\n" + comment.body + "\r\n"};
    }
    std::vector<Composed> made;
    std::string refused;
};

/// Into a table, so that a transaction taken back takes the mail back.
inline Result<void> enqueue(db::Session& session, const OutgoingMail& mail) {
    const std::string to = mail.envelope.recipients.at(0).address.to_string();
    if (auto made = session.script("CREATE TABLE IF NOT EXISTS queued(recipient TEXT, bytes TEXT)"); !made) return made;
    auto done = session.execute("INSERT INTO queued VALUES($1,$2)", {to, mail.bytes});
    if (!done) return fail(std::move(done.error()));
    return {};
}

class WorkTest : public testing::Test {
protected:
    WorkTest() {
        std::string name = (std::filesystem::temp_directory_path() / "restante-work-XXXXXX").string();
        folder_ = mkdtemp(name.data());
        db::Database::Options options;
        options.sqlite.path = folder_ / "work.db";
        database_ = db::Database::open(options).value();
        // The audit table is the directory's.
        EXPECT_TRUE(directory::Directory::open(*database_, ids_, clock_, null_log(), {}));
        reopen();
    }
    ~WorkTest() override {
        work_.reset();
        database_.reset();
        std::filesystem::remove_all(folder_);
    }
    void reopen() { work_ = Work::open(*database_, ids_, clock_, composer_, enqueue, options_).value(); }

    std::int64_t person(const std::string& name) {
        auto made = work_->people().create(name, name + "@example.org", 0, by_);
        EXPECT_TRUE(made) << made.error().detail;
        return made->id;
    }
    std::int64_t project(const std::string& name, const std::vector<std::int64_t>& members) {
        auto made = work_->projects().create(name, "", Visibility::members, by_);
        EXPECT_TRUE(made) << made.error().detail;
        for (const std::int64_t member : members) EXPECT_TRUE(work_->projects().add_member(made->id, member, by_));
        return made->id;
    }
    std::int64_t item(std::int64_t project_id, std::int64_t creator, std::int64_t assignee = 0) {
        auto made =
            work_->items().create({project_id, ItemKind::task, "Fix the door", "It squeaks", assignee, creator}, by_);
        EXPECT_TRUE(made) << made.error().detail;
        return made ? made->id : 0;
    }
    std::int64_t count(const std::string& table) {
        return database_->read([&](db::Session& s) { return s.integer("SELECT COUNT(*) FROM " + table); })
            .value()
            .value_or(0);
    }

    std::filesystem::path folder_;
    ManualClock clock_{from_micros(1'795'000'000'000'000)};
    IdSource ids_{clock_};
    std::unique_ptr<db::Database> database_;
    NotingComposer composer_;
    Options options_;
    By by_{"tester"};
    std::unique_ptr<Work> work_;
};

}  // namespace restante::work
