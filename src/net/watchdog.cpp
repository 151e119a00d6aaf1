#include "net/watchdog.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "net/stream_impl.hpp"

namespace restante::net {

namespace {
constexpr std::int64_t kTaken = 65'536;  // octets in a period that make a reader a slow one, not a dead one
}  // namespace

struct Watchdog::State : std::enable_shared_from_this<Watchdog::State> {
    using Time = std::chrono::steady_clock::time_point;
    using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                                             asio::io_context::executor_type>;

    explicit State(const std::shared_ptr<Stream::Impl>& s) : stream(s), timer(s->descriptor.get_executor()) {}

    Time due() const { return std::min(deadline, latest); }

    /// Sets the timer only if it would fire too late; firing too early costs one look.
    void settle() {
        if (stopped || due() >= armed) return;
        armed = due();
        timer.expires_at(armed);
        timer.async_wait([self = shared_from_this()](const boost::system::error_code& failed) {
            if (!failed) self->look();
        });
    }

    void look() {
        armed = Time::max();
        const Time now = std::chrono::steady_clock::now();
        if (now < due()) return settle();
        const auto target = stream.lock();
        if (stopped || !target) return;
        if (now < latest && is_taking(*target)) {
            deadline = now + period;
            return settle();
        }
        fired = true;
        Stream::expire(*target,
                       Error{ErrorKind::timeout, "the connection was idle or slow for too long", Retry::later});
    }

    /// Does the peer take what the system still holds for it? The first look only finds out how much that is, unless a
    /// write has had to wait and knows.
    static bool is_taking(Stream::Impl& target) {
        if (target.unsent() == 0) return false;
        const std::int64_t taken = target.taken();
        const auto before = std::exchange(target.taken_before, taken);
        return !before || taken >= *before + kTaken;
    }

    std::weak_ptr<Stream::Impl> stream;
    Timer timer;
    Duration period{};
    Time deadline = Time::max();
    Time latest = Time::max();
    Time armed = Time::max();
    bool fired = false;
    bool stopped = false;
};

Watchdog::Watchdog(Stream& stream) : state_(std::make_shared<State>(stream.impl_)) {}

Watchdog::~Watchdog() {
    state_->stopped = true;
    state_->timer.cancel();
}

void Watchdog::extend(Duration time) {
    state_->deadline = std::chrono::steady_clock::now() + time;
    state_->period = time;
    if (const auto stream = state_->stream.lock()) stream->taken_before.reset();
    state_->settle();
}

void Watchdog::cap(Duration time) {
    state_->latest = std::chrono::steady_clock::now() + time;
    state_->settle();
}

void Watchdog::uncap() { state_->latest = State::Time::max(); }
void Watchdog::pause() { state_->deadline = State::Time::max(); }
bool Watchdog::expired() const { return state_->fired; }

}  // namespace restante::net
