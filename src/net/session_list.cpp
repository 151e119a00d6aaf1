#include "net/session_list.hpp"

#include <utility>

namespace restante::net {

struct SessionList::Place::Entry {
    Entry(std::shared_ptr<const ServiceRun> r, Executor e, Tell t)
        : run(std::move(r)), executor(std::move(e)), tell(std::move(t)) {}
    const std::shared_ptr<const ServiceRun> run;
    const Executor executor;
    Tell tell;  // emptied by the place's destructor; touched on the executor only
};

SessionList::Place::Place(SessionList& list, std::shared_ptr<const ServiceRun> run, const Executor& executor, Tell tell)
    : list_(list), entry_(std::make_shared<Entry>(std::move(run), executor, std::move(tell))) {
    const std::scoped_lock lock(list_.mutex_);
    list_.entries_.insert(entry_);
}

SessionList::Place::~Place() {
    entry_->tell = nullptr;
    const std::scoped_lock lock(list_.mutex_);
    list_.entries_.erase(entry_);
}

Task<> SessionList::tell(std::shared_ptr<Place::Entry> entry, End how) {
    if (entry->tell) entry->tell(how);
    co_return;
}

void SessionList::tell_stopped(End how) {
    const std::scoped_lock lock(mutex_);
    for (const auto& entry : entries_)
        if (entry->run->stopping) group_.spawn(entry->executor, tell(entry, how), name_);
}

void SessionList::stop(ServiceRun& run) {
    run.stopping = true;
    tell_stopped(End::after_command);
}

void SessionList::cut() { tell_stopped(End::now); }

std::size_t SessionList::left() const {
    const std::scoped_lock lock(mutex_);
    std::size_t count = 0;
    for (const auto& entry : entries_) count += entry->run->stopping ? 1 : 0;
    return count;
}

}  // namespace restante::net
