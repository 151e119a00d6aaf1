#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "mda/delivery.hpp"
#include "mda/mda.hpp"

namespace restante::mda {
namespace {

using Done = std::function<void(Result<Outcome>)>;

const char* name_of(Origin::Kind kind) {
    switch (kind) {
        case Origin::Kind::mx:
            return "mx";
        case Origin::Kind::submission:
            return "submission";
        case Origin::Kind::outbox:
            return "outbox";
        case Origin::Kind::fetch:
            return "fetch";
        case Origin::Kind::import:
            return "import";
    }
    return "unknown";
}

class LocalMda final : public Mda {
public:
    LocalMda(directory::Directory& directory, store::MessageStore& store, Intake* intake, Outbound* outbound,
             const Clock& clock, Log& log, WorkExecutor work, Options options)
        : directory_(directory),
          store_(store),
          intake_(intake),
          outbound_(outbound),
          clock_(clock),
          log_(log),
          work_(std::move(work)),
          options_(options) {}

    Result<void> check_recipient(const message::Address& recipient, Origin::Kind from) override {
        auto route = route_of(directory_, recipient, reach(from));
        if (!route) return fail(std::move(route.error()));
        return {};
    }

    void deliver(message::Envelope envelope, std::unique_ptr<store::Draft> draft, Origin origin, Done done) override {
        auto job =
            std::make_shared<Job>(Job{std::move(envelope), std::move(draft), std::move(origin), std::move(done)});
        if (job->origin.kind == Origin::Kind::import && job->origin.maildrop != 0)
            take_over(job);
        else if (job->origin.purpose == Origin::Purpose::replies)
            on_pool(job, [this, job] { take_in(job); });
        else if (job->draft->size() <= options_.inline_scan_octets)
            to_maildrops(job);
        else
            on_pool(job, [this, job] { to_maildrops(job); });
    }

private:
    struct Job {
        message::Envelope envelope;
        std::unique_ptr<store::Draft> draft;
        Origin origin;
        Done done;
    };
    using JobPtr = std::shared_ptr<Job>;
    /// The commits of one delivery, which end on different threads.
    struct Parts {
        std::mutex mutex;
        std::size_t left = 1;
        std::string note;
        std::optional<Result<store::Committed>> outcome;  // an error, if there was one
    };

    /// A mail exchange never relays for strangers; whoever logged in and we ourselves may write to anyone.
    Reach reach(Origin::Kind from) const {
        if (outbound_ == nullptr) return Reach::local;
        const bool ours = from == Origin::Kind::submission || from == Origin::Kind::outbox;
        return ours ? Reach::anywhere : Reach::aliases;
    }

    void on_pool(const JobPtr& job, std::function<void()> step) {
        if (work_(std::move(step))) return;
        job->done(fail(ErrorKind::unavailable, "too much work is waiting"));
    }

    /// `done` belongs on a foreign thread, so an answer that is known at once takes the pool too.
    void answer(const JobPtr& job, Result<Outcome> outcome) {
        if (!outcome)
            log_.warn("mda.refused", {{"origin", name_of(job->origin.kind)}, {"reason", outcome.error().detail}});
        on_pool(job, [job, outcome = std::move(outcome)]() mutable { job->done(std::move(outcome)); });
    }

    /// A message that had arrived already, elsewhere: nobody is asked any more whether it may.
    void take_over(const JobPtr& job) {
        store::Delivery delivery{
            "", {job->origin.maildrop}, job->origin.delivery_id, job->origin.uidl, job->origin.received_at};
        store_.commit(std::move(job->draft), std::move(delivery), [this, job](Result<store::Committed> stored) {
            if (!stored) {
                log_.error("mda.failed", {{"origin", name_of(job->origin.kind)}, {"reason", stored.error().detail}});
                return job->done(fail(std::move(stored.error())));
            }
            job->done(Outcome{stored->id, stored->duplicate, stored->duplicate ? "known" : "imported",
                              Verdict::Kind::received});
        });
    }

    void to_maildrops(const JobPtr& job) {
        const bool rewrites = job->origin.kind != Origin::Kind::fetch && job->origin.kind != Origin::Kind::import;
        auto draft = admit(std::move(job->draft), store_, rewrites, options_);
        if (!draft) return answer(job, fail(std::move(draft.error())));
        Expansion targets = expand(directory_, job->envelope, reach(job->origin.kind));
        if (targets.left == 0) return answer(job, fail(ErrorKind::not_found, targets.last_error.detail));
        if (targets.maildrops.empty() && targets.remote.empty())
            return answer(job, Outcome{0, false, "discarded", Verdict::Kind::received});
        if (targets.left < job->envelope.recipients.size())
            log_.warn("mda.recipients_gone",
                      {{"left", std::int64_t(targets.left)}, {"reason", targets.last_error.detail}});
        hand_over(job, std::move(*draft), std::move(targets));
    }

    /// To the maildrops, to the queue of mail for elsewhere, or to both: two commits, which share a sync.
    void hand_over(const JobPtr& job, std::unique_ptr<store::Draft> draft, Expansion targets) {
        const auto parts = std::make_shared<Parts>();
        parts->left = targets.maildrops.empty() || targets.remote.empty() ? 1 : 2;
        parts->note = note_of(targets);
        if (!targets.remote.empty()) {
            auto own = targets.maildrops.empty() ? Result<std::unique_ptr<store::Draft>>(std::move(draft))
                                                 : copy_of(*draft, store_);
            if (!own) return answer(job, fail(std::move(own.error())));
            Outbound::Mail mail{job->envelope, std::move(*own), job->origin.trace, job->origin.delivery_id};
            mail.envelope.recipients = std::move(targets.remote);
            if (!targets.maildrops.empty() && !mail.delivery_id.empty()) mail.delivery_id += ":out";
            outbound_->take(std::move(mail),
                            [this, job, parts](auto stored) { settle(job, *parts, std::move(stored)); });
        }
        if (targets.maildrops.empty()) return;
        store::Delivery delivery{prefix_of(job->envelope, job->origin), std::move(targets.maildrops),
                                 job->origin.delivery_id, "", clock_.now()};
        store_.commit(std::move(draft), std::move(delivery),
                      [this, job, parts](auto stored) { settle(job, *parts, std::move(stored)); });
    }

    static std::string note_of(const Expansion& targets) {
        std::string note;
        if (const auto n = targets.maildrops.size(); n > 0)
            note = std::to_string(n) + (n == 1 ? " maildrop" : " maildrops");
        if (const auto n = targets.remote.size(); n > 0)
            note += (note.empty() ? "" : ", ") + std::to_string(n) + " to send";
        return note;
    }

    void settle(const JobPtr& job, Parts& parts, Result<store::Committed> stored) {
        {
            const std::scoped_lock lock(parts.mutex);
            if (!parts.outcome || !stored) parts.outcome = std::move(stored);
            if (--parts.left > 0) return;
        }
        if (Result<store::Committed>& outcome = *parts.outcome; !outcome) {
            log_.error("mda.failed", {{"origin", name_of(job->origin.kind)}, {"reason", outcome.error().detail}});
            return job->done(fail(std::move(outcome.error())));
        }
        Outcome outcome{(*parts.outcome)->id, (*parts.outcome)->duplicate, parts.note, Verdict::Kind::received};
        log_.debug("mda.delivered",
                   {{"origin", name_of(job->origin.kind)}, {"message", outcome.id}, {"note", outcome.note}});
        job->done(std::move(outcome));
    }

    /// The original first, then the verdict: a crash in between repeats the first step harmlessly, as both go by the
    /// delivery's id.
    void take_in(const JobPtr& job) {
        if (intake_ == nullptr) return job->done(fail(ErrorKind::unavailable, "nobody takes replies here"));
        if (job->origin.delivery_id.empty())
            return job->done(fail(ErrorKind::internal, "a reply without a delivery id"));
        auto raw = read_head(*job->draft, options_.intake_octets);
        if (!raw) return job->done(fail(std::move(raw.error())));
        store::Delivery original{job->origin.trace, {store::kOriginals}, job->origin.delivery_id, "", clock_.now()};
        const Timestamp received_at = original.received_at;
        auto text = std::make_shared<std::string>(std::move(*raw));
        store_.commit(
            std::move(job->draft), std::move(original),
            [this, job, text, received_at](Result<store::Committed> stored) {
                if (!stored) return job->done(fail(std::move(stored.error())));
                on_pool(job, [this, job, text, received_at, kept = *stored] { judge(job, *text, received_at, kept); });
            });
    }

    void judge(const JobPtr& job, std::string_view raw, Timestamp received_at, const store::Committed& kept) {
        const Origin& origin = job->origin;
        auto verdict =
            intake_->take({raw, origin.delivery_id, origin.connection_id, origin.uidl, received_at, kept.id});
        if (!verdict) {
            log_.error("mda.intake_failed", {{"delivery", origin.delivery_id}, {"reason", verdict.error().detail}});
            return job->done(fail(std::move(verdict.error())));
        }
        log_.info("mda.intake",
                  {{"delivery", origin.delivery_id}, {"verdict", to_string(verdict->kind)}, {"note", verdict->note}});
        job->done(Outcome{kept.id, kept.duplicate, std::string(to_string(verdict->kind)) + ": " + verdict->note,
                          verdict->kind});
    }

    directory::Directory& directory_;
    store::MessageStore& store_;
    Intake* const intake_;
    Outbound* const outbound_;
    const Clock& clock_;
    Log& log_;
    const WorkExecutor work_;
    const Options options_;
};

}  // namespace

const char* to_string(Verdict::Kind kind) {
    switch (kind) {
        case Verdict::Kind::received:
            return "received";
        case Verdict::Kind::rejected:
            return "rejected";
        case Verdict::Kind::ignored:
            return "ignored";
        case Verdict::Kind::unrelated:
            return "unrelated";
    }
    return "unknown";
}

std::unique_ptr<Mda> make_mda(directory::Directory& directory, store::MessageStore& store, Intake* intake,
                              Outbound* outbound, const Clock& clock, Log& log, WorkExecutor work, Options options) {
    return std::make_unique<LocalMda>(directory, store, intake, outbound, clock, log, std::move(work), options);
}

}  // namespace restante::mda
