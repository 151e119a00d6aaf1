#include "mta/relay.hpp"

#include <algorithm>

#include "mta/trace.hpp"
#include "net/await_callback.hpp"

namespace restante::mta {

struct Relay::Job {
    store::WaitingMail waiting;
    message::Envelope envelope;
    std::unique_ptr<store::Draft> draft;
    Result<mda::Outcome> outcome = fail(ErrorKind::internal, "not delivered");
    bool ready = false;  // envelope and draft are made
};

Relay::Relay(const Parts& parts, RelayOptions options)
    : parts_(parts),
      options_(std::move(options)),
      delivered_(parts.metrics.counter("outbox_delivered_total", "Mails of the outbox delivered")),
      postponed_(parts.metrics.counter("outbox_postponed_total", "Deliveries of the outbox put off")),
      given_up_(parts.metrics.counter("outbox_given_up_total", "Mails of the outbox that nobody could get")) {}

void Relay::start(const net::Executor& executor) { parts_.group.spawn(executor, loop(), "outbox"); }

net::Task<> Relay::loop() {
    while (!stopping_) {
        bool more = false;
        try {
            more = co_await turn();
        } catch (const std::exception& e) {
            if (parts_.group.cancelled()) throw;
            parts_.log.error("outbox.failed", {{"reason", e.what()}});
        }
        if (more || stopping_) continue;
        if (!co_await net::sleep_for(options_.poll)) co_return;
    }
}

/// One batch. False if there was nothing to do, or it cannot be done now.
net::Task<bool> Relay::turn() {
    auto taken = co_await parts_.work.run([this] { return take(); });
    if (!taken) {
        if (!stopping_) parts_.log.error("outbox.unreadable", {{"reason", taken.error().detail}});
        co_return false;
    }
    if (taken->empty()) co_return false;
    const auto jobs = std::move(*taken);
    co_await net::await_callback<bool>([&](std::function<void(bool)> done) { deliver(jobs, std::move(done)); });
    const auto settled = co_await parts_.work.run([&] {
        for (const auto& job : jobs) settle(*job);
    });
    co_return settled.has_value();
}

/// On the work pool: the mails that are due, made ready for delivery.
Result<std::vector<std::shared_ptr<Relay::Job>>> Relay::take() {
    auto due = parts_.outbox.due(parts_.clock.now(), options_.batch);
    if (!due) return fail(std::move(due.error()));
    std::vector<std::shared_ptr<Job>> jobs;
    for (auto& waiting : *due) {
        jobs.push_back(std::make_shared<Job>());
        jobs.back()->waiting = std::move(waiting);
        prepare(*jobs.back());
    }
    return jobs;
}

void Relay::prepare(Job& job) {
    const auto& mail = job.waiting.mail;
    if (!mail.reverse_path.empty())
        if (auto from = message::Address::parse(mail.reverse_path)) job.envelope.reverse_path = std::move(*from);
    job.outcome = fail(ErrorKind::not_found, "no recipient is left");
    for (const auto& text : mail.recipients) {
        auto address = message::Address::parse(text);
        auto known = address ? parts_.mda.check_recipient(*address, mda::Origin::Kind::outbox)
                             : Result<void>(fail(std::move(address.error())));
        if (known) {
            job.envelope.recipients.push_back({std::move(*address)});
        } else if (known.error().retry == Retry::later) {
            job.outcome = fail(std::move(known.error()));  // for all of them: one id names one delivery
            return;
        } else {
            parts_.log.error("outbox.recipient_refused",
                             {{"id", job.waiting.id}, {"recipient", text}, {"reason", known.error().detail}});
        }
    }
    if (job.envelope.recipients.empty()) return;
    auto draft = parts_.store.create_draft();
    if (!draft) {
        job.outcome = fail(std::move(draft.error()));
    } else if (auto appended = (*draft)->append(mail.bytes); !appended) {
        job.outcome = fail(std::move(appended.error()));
    } else {
        job.draft = std::move(*draft);
        job.ready = true;
    }
}

/// All at once, so that their commits share a sync. done is called after the last of them.
void Relay::deliver(std::vector<std::shared_ptr<Job>> jobs, std::function<void(bool)> done) {
    std::erase_if(jobs, [](const auto& job) { return !job->ready; });
    if (jobs.empty()) return done(true);
    const auto left = std::make_shared<std::atomic<std::size_t>>(jobs.size());
    for (const auto& job : jobs) {
        mda::Origin origin;
        origin.kind = mda::Origin::Kind::outbox;
        origin.delivery_id = "outbox:" + std::to_string(job->waiting.id);
        origin.trace = local_received_field(to_queue_id(job->waiting.id), options_.host_name, parts_.clock.now());
        parts_.mda.deliver(std::move(job->envelope), std::move(job->draft), std::move(origin),
                           [job, left, done](Result<mda::Outcome> outcome) {
                               job->outcome = std::move(outcome);
                               if (--*left == 0) done(true);
                           });
    }
}

/// On the work pool: what became of it goes into the outbox.
void Relay::settle(Job& job) {
    const store::OutboxId id = job.waiting.id;
    if (job.outcome) {
        delivered_.add();
        parts_.log.info("outbox.delivered", {{"id", id}, {"note", job.outcome->note}});
    } else if (job.outcome.error().retry == Retry::never) {
        give_up(job, job.outcome.error().detail);
    } else if (parts_.clock.now() - job.waiting.queued_at > options_.give_up) {
        give_up(job, "tried for too long: " + job.outcome.error().detail);
    } else {
        const auto delay =
            std::min(options_.retry_most, options_.retry_first * (1 << std::min(job.waiting.attempts, 20)));
        parts_.log.warn("outbox.postponed", {{"id", id}, {"reason", job.outcome.error().detail}});
        const auto kept = parts_.outbox.postpone(id, parts_.clock.now() + delay, job.outcome.error().detail);
        if (!kept) parts_.log.error("outbox.unwritable", {{"id", id}, {"reason", kept.error().detail}});
        postponed_.add();  // once it has been: who sees the number may count on the row
        return;
    }
    // If this fails the mail is delivered again under the same id, which stores nothing.
    const auto removed = parts_.outbox.done(id);
    if (!removed) parts_.log.error("outbox.unwritable", {{"id", id}, {"reason", removed.error().detail}});
}

void Relay::give_up(const Job& job, const std::string& reason) {
    given_up_.add();
    parts_.log.error("outbox.given_up", {{"id", job.waiting.id}, {"reason", reason}});
}

}  // namespace restante::mta
