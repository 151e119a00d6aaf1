#include "fetch/deliveries.hpp"

#include <optional>

#include "net/await_callback.hpp"

namespace restante::fetch {

void Deliveries::start(mda::Mda& mda, message::Envelope envelope, std::unique_ptr<store::Draft> draft,
                       mda::Origin origin) {
    const std::size_t index = started_++;
    {
        const std::lock_guard lock(state_->mutex);
        state_->outcomes.emplace_back();
        ++state_->open;
    }
    mda.deliver(std::move(envelope), std::move(draft), std::move(origin),
                [state = state_, index](Result<mda::Outcome> outcome) {
                    std::function<void(bool)> done;
                    {
                        const std::lock_guard lock(state->mutex);
                        state->outcomes[index] = std::move(outcome);
                        if (--state->open == 0) done = std::move(state->when_done);
                    }
                    if (done) done(true);
                });
}

net::Task<std::vector<Result<mda::Outcome>>> Deliveries::finish() {
    const auto wait = [state = state_](std::function<void(bool)> done) {
        {
            const std::lock_guard lock(state->mutex);
            if (state->open > 0) {
                state->when_done = std::move(done);
                return;
            }
        }
        done(true);
    };
    (void)co_await net::await_callback<bool>(wait);
    std::vector<Result<mda::Outcome>> out;
    for (auto& outcome : state_->outcomes) out.push_back(std::move(*outcome));
    state_ = std::make_shared<State>();
    started_ = 0;
    co_return out;
}

}  // namespace restante::fetch
