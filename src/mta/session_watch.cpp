// Of a session: what others see of it.
#include "mta/session.hpp"
#include "smtp/redaction.hpp"

namespace restante::mta {

Session::~Session() {
    if (self_) *self_ = nullptr;
}

void Session::watch_session() {
    watch::SessionWatch* const all = shared_->parts.watch;
    if (all == nullptr) return;
    self_ = std::make_shared<Session*>(this);
    net::TaskGroup& group = shared_->parts.group;
    tap_ = all->begin(
        stream_.local().to_string(), stream_.peer().to_string(),
        [self = self_, executor = stream_.executor(), &group] { group.spawn(executor, end_later(self), "smtp.end"); });
    machine_.observe(*tap_);
}

net::Task<> Session::end_later(std::shared_ptr<Session*> session) {
    if (*session == nullptr) co_return;
    (*session)->failed(watch::Cause::ended);
    (*session)->stream_.expire({ErrorKind::cancelled, "an administrator ended the session", Retry::later});
}

void Session::hear(std::string_view bytes) {
    if (heard_) return;
    heard_ = true;
    const auto cause = watch::cause_of_first_bytes(bytes);
    if (cause != watch::Cause::none) failed(cause);
}

void Session::note_close() {
    if (!tap_) return;
    using Reason = smtp::Close::Reason;
    if (reason_ == Reason::quit) tap_->quit();
    if (reason_ == Reason::authentication) failed(watch::Cause::too_many_failures);
    if (reason_ == Reason::errors || reason_ == Reason::protocol) tap_->failed_generally(watch::Cause::too_many_errors);
}

/// Of an answer of several lines the last one.
void Session::say(std::string_view replies) {
    if (!tap_) return;
    while (!replies.empty()) {
        const std::size_t end = std::min(replies.find('\n'), replies.size() - 1);
        std::string_view line = replies.substr(0, end + 1);
        replies.remove_prefix(end + 1);
        while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
        if (line.size() < 4 || line[3] != '-') tap_->sent(smtp::redacted_answer(line));
    }
}

}  // namespace restante::mta
