#pragma once
// Deliveries of one poll that are under way at the same time.
#include <memory>
#include <mutex>
#include <vector>

#include "mda/mda.hpp"
#include "net/task.hpp"

namespace restante::fetch {

/// Used by one coroutine; completions come from any thread. Completions that come after destruction are harmless.
class Deliveries {
public:
    Deliveries() : state_(std::make_shared<State>()) {}

    /// Begins one; its outcome gets the next index.
    void start(mda::Mda& mda, message::Envelope envelope, std::unique_ptr<store::Draft> draft, mda::Origin origin);
    std::size_t size() const { return started_; }
    /// Waits for all and hands over their outcomes, in the order of start(). Not cut short by cancellation.
    net::Task<std::vector<Result<mda::Outcome>>> finish();

private:
    struct State {
        std::mutex mutex;
        std::vector<std::optional<Result<mda::Outcome>>> outcomes;
        std::size_t open = 0;
        std::function<void(bool)> when_done;
    };
    std::shared_ptr<State> state_;
    std::size_t started_ = 0;
};

}  // namespace restante::fetch
