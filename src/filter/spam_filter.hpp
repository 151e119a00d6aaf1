#pragma once
// The filter of a running server: what it was taught lies in the database, the sum of that in memory. Tables of module
// "filter".
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "db/auditor.hpp"
#include "db/database.hpp"
#include "filter/verdict.hpp"

namespace restante::filter {

/// A message it was taught.
struct Lesson {
    std::int64_t id = 0;
    Class kind = Class::ham;
    std::string sender, subject;  // for a person to recognise it by
    Timestamp taught_at{};
    std::string taught_by;
};

/// What became of a lesson.
struct Taught {
    Lesson lesson;
    std::optional<Class> before;  // the message was known as that; the same: nothing has changed
};

/// Thread-safe. judge(), options() and counts() do not block for long, the rest does.
class SpamFilter {
public:
    struct Parts {
        db::Database& database;
        IdSource& ids;
        const Clock& clock;
        db::Auditor audit;
    };
    /// Applies its migrations, and reads all lessons.
    static Result<std::unique_ptr<SpamFilter>> open(Parts parts, Options options);

    /// From now on. To a lower training_limit the lessons come down step by step, with each new one.
    void set(Options options);
    std::shared_ptr<const Options> options() const;

    /// bytes: a message from its start; of its body what lies behind inspected_octets is not looked at.
    Verdict judge(std::string_view bytes, const Circumstances& circumstances, std::size_t clues = 0) const;

    /// The same message again counts once; as the other class it moves there. invalid: it is no mail.
    Result<Taught> teach(std::string_view bytes, Class kind, const std::string& actor);
    /// As if it had never been taught. not_found.
    Result<> forget(std::int64_t id, const std::string& actor);
    /// Newest first, older than `before` (0: from the newest).
    Result<std::vector<Lesson>> lessons(std::int64_t before, std::size_t most);

    struct Counts {
        std::uint64_t spam = 0, ham = 0;  // messages
        std::size_t features = 0;
    };
    Counts counts() const;

private:
    SpamFilter(Parts parts, Options options);
    Result<> load();
    /// Takes some of the oldest of the class out of the table, if there are more than the limit; gives what is to be taken
    /// out of the model.
    struct Known {
        std::int64_t id = 0;
        Class kind = Class::ham;
        std::vector<Feature> features;
    };
    static Result<std::vector<Known>> drop_oldest(db::Session& session, Class kind, std::size_t limit);

    const Parts parts_;
    std::mutex changes_;  // one change at a time
    mutable std::mutex options_mutex_;
    std::shared_ptr<const Options> options_;
    mutable std::shared_mutex model_mutex_;  // no other is taken under it
    Model model_;
};

}  // namespace restante::filter
