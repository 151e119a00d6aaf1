#pragma once
// The work tracker: projects, tasks and requests with their comment threads, the people and what they are told.
#include <memory>

#include "work/context.hpp"
#include "work/items.hpp"
#include "work/mail_log.hpp"
#include "work/notification.hpp"
#include "work/people.hpp"
#include "work/projects.hpp"
#include "work/threads.hpp"

namespace restante::work {

/// Owns the parts, which share one database. Thread-safe; everything that is passed in must outlive it.
class Work {
public:
    /// Blocking. Applies the module's migrations. The directory's and the outbox's tables must be in the same database.
    static Result<std::unique_ptr<Work>> open(db::Database& database, IdSource& ids, const Clock& clock,
                                              NotificationComposer& composer, Enqueue enqueue, Options options);
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

    People& people() { return people_; }
    Projects& projects() { return projects_; }
    Items& items() { return items_; }
    Threads& threads() { return threads_; }
    MailLog& mail_log() { return mail_log_; }
    const Options& options() const { return context_.options; }

private:
    Work(Context context, NotificationComposer& composer, Enqueue enqueue);

    const Context context_;
    People people_{context_};
    Projects projects_{context_};
    Items items_{context_};
    MailLog mail_log_{context_};
    Threads threads_;
};

}  // namespace restante::work
