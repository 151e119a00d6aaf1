#include "watch/session_watch.hpp"

#include "base/text.hpp"

namespace restante::watch {
namespace {

std::string id_text(std::int64_t id) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out(16, '0');
    auto left = static_cast<std::uint64_t>(id);
    for (std::size_t i = 16; i-- > 0; left >>= 4) out[i] = kDigits[left & 15];
    return out;
}

bool says_little(Cause cause) { return cause == Cause::dropped || cause == Cause::timeout; }

}  // namespace

struct SessionTap::Live {
    SessionFacts facts;  // login, logged_in and tls: under the watch's mutex
    std::function<void()> end;
    std::atomic<std::uint64_t> commands{0};
};

SessionTap::SessionTap(SessionWatch& watch, std::shared_ptr<Live> live)
    : watch_(watch), live_(std::move(live)), id_(id_text(live_->facts.id)), recording_(true) {
    line('+', "", "");
}

SessionTap::~SessionTap() {
    line('-', "", "");
    watch_.over(*this);
}

void SessionTap::received(std::string_view text) {
    live_->commands.fetch_add(1, std::memory_order_relaxed);
    line('<', text, "");
}

void SessionTap::sent(std::string_view text) {
    // Once logged in, only refusals are worth their memory.
    const bool refusal = text.starts_with("-ERR") || text.starts_with("4") || text.starts_with("5");
    const bool before = recording_;
    recording_ = recording_ || refusal;
    line('>', text, "");
    recording_ = before;
}

void SessionTap::note(std::string_view data, std::string_view context) { line('*', data, context); }

void SessionTap::secured(std::string_view protocol) {
    line('*', "TLS", protocol);
    const std::scoped_lock lock(watch_.mutex_);
    live_->facts.tls = true;
}

void SessionTap::tried(std::string_view login) {
    const std::scoped_lock lock(watch_.mutex_);
    live_->facts.login = escape_for_log(login);
}

void SessionTap::logged_in(std::string_view login) {
    line('*', "logged in", login);
    cause_ = Cause::none;
    detail_.clear();
    transcript_ = {};
    recording_ = false;
    const std::scoped_lock lock(watch_.mutex_);
    live_->facts.login = escape_for_log(login);
    live_->facts.logged_in = true;
}

void SessionTap::failed(Cause cause, std::string_view detail) {
    recording_ = true;  // what went well is not kept; from the failure on it is
    line('*', to_string(cause), detail);
    if (cause_ != Cause::none && says_little(cause)) return;
    cause_ = cause;
    detail_ = escape_for_log(detail);
}

void SessionTap::line(char event, std::string_view data, std::string_view context) {
    if (!recording_ && !watch_.log_.enabled()) return;
    const Timestamp now = watch_.clock_.now();
    const SessionFacts& facts = live_->facts;
    if (watch_.log_.enabled()) watch_.log_.add({now, id_, sequence_, facts.local, facts.remote, event, data, context});
    ++sequence_;
    if (!recording_) return;
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now - facts.began);
    std::string text = std::to_string(since.count()) + ' ' + event + ' ' + escape_for_log(data);
    if (!context.empty()) text += " (" + escape_for_log(context) + ')';
    text += '\n';
    const std::size_t most = watch_.transcript_bytes_;
    transcript_ += text;
    while (transcript_.size() > most) {
        const std::size_t end = transcript_.find('\n');
        transcript_.erase(0, end == std::string::npos ? transcript_.size() : end + 1);
        ++cut_lines_;
    }
}

SessionWatch::SessionWatch(std::string service, const Clock& clock, IdSource& ids, Log& log, Metrics& metrics)
    : service_(std::move(service)),
      clock_(clock),
      ids_(ids),
      failures_(metrics.counter("failed_sessions_total", "Sessions that did not do what their client wanted",
                                {{"service", service_}})),
      log_(service_, clock, log, metrics) {}

void SessionWatch::set(const WatchOptions& options) {
    log_.set(options.log);
    transcript_bytes_ = options.transcript_bytes;
    const std::scoped_lock lock(mutex_);
    most_failed_ = options.failed_sessions;
    while (failed_.size() > most_failed_) failed_.pop_back();
}

std::unique_ptr<SessionTap> SessionWatch::begin(std::string local, std::string remote, std::function<void()> end) {
    auto live = std::make_shared<SessionTap::Live>();
    live->facts.id = ids_.next();
    live->facts.service = service_;
    live->facts.began = clock_.now();
    live->facts.local = std::move(local);
    live->facts.remote = std::move(remote);
    live->end = std::move(end);
    {
        const std::scoped_lock lock(mutex_);
        live_.emplace(live->facts.id, live);
    }
    return std::unique_ptr<SessionTap>(new SessionTap(*this, std::move(live)));
}

void SessionWatch::over(SessionTap& tap) {
    SessionTap::Live& live = *tap.live_;
    const std::uint64_t commands = live.commands;
    if (tap.cause_ == Cause::none && !live.facts.logged_in && !tap.quit_ && commands > 0) tap.cause_ = Cause::dropped;
    const Timestamp now = clock_.now();
    const std::scoped_lock lock(mutex_);
    live_.erase(live.facts.id);
    if (tap.cause_ == Cause::none) return;
    failures_.add();
    if (most_failed_ == 0) return;
    FailedSession& failed = failed_.emplace_front();
    failed.facts = std::move(live.facts);
    failed.facts.commands = commands;
    failed.ended = now;
    failed.cause = tap.cause_;
    failed.detail = std::move(tap.detail_);
    if (tap.cut_lines_ > 0) failed.transcript = "... " + std::to_string(tap.cut_lines_) + " lines before\n";
    failed.transcript += tap.transcript_;
    while (failed_.size() > most_failed_) failed_.pop_back();
}

std::vector<SessionFacts> SessionWatch::live() const {
    std::vector<SessionFacts> out;
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, live] : live_) {
        out.push_back(live->facts);
        out.back().commands = live->commands;
    }
    return out;
}

std::vector<FailedSession> SessionWatch::failed() const {
    const std::scoped_lock lock(mutex_);
    return {failed_.begin(), failed_.end()};
}

std::optional<FailedSession> SessionWatch::failed(std::int64_t id) const {
    const std::scoped_lock lock(mutex_);
    for (const FailedSession& one : failed_)
        if (one.facts.id == id) return one;
    return std::nullopt;
}

bool SessionWatch::end(std::int64_t id) {
    std::shared_ptr<SessionTap::Live> live;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = live_.find(id);
        if (found == live_.end()) return false;
        live = found->second;
    }
    if (live->end) live->end();
    return true;
}

}  // namespace restante::watch
