#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "mda/account_rules.hpp"
#include "mda/delivery.hpp"
#include "mda/list_delivery.hpp"
#include "mda/mda.hpp"
#include "mda/receipts.hpp"

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
             const Clock& clock, Log& log, WorkExecutor work, Options options, AccountRules* rules,
             Receipts* receipts)
        : directory_(directory),
          store_(store),
          intake_(intake),
          outbound_(outbound),
          clock_(clock),
          log_(log),
          work_(std::move(work)),
          limits_(options.limits),
          rules_(rules),
          receipts_(receipts),
          tokens_(options.list_key) {
        if (!options.forward_key.empty()) srs_.emplace(options.forward_key);
    }

    void set_limits(const Limits& limits) override {
        const std::scoped_lock lock(limits_mutex_);
        limits_ = limits;
    }

    Result<void> check_recipient(const message::Address& recipient, Origin::Kind from) override {
        auto route = route_of(addressing(), recipient, reach(from));
        if (!route) return fail(std::move(route.error()));
        // Our own mail, such as a warning, goes into a full maildrop too.
        if (rules_ == nullptr || route->limited.empty() || from == Origin::Kind::outbox) return {};
        return rules_->check(*route);
    }

    void deliver(message::Envelope envelope, std::unique_ptr<store::Draft> draft, Origin origin, Done done) override {
        auto job =
            std::make_shared<Job>(Job{std::move(envelope), std::move(draft), std::move(origin), std::move(done)});
        if (job->origin.kind == Origin::Kind::import && job->origin.maildrop != 0)
            take_over(job);
        else if (job->origin.purpose == Origin::Purpose::replies)
            on_pool(job, [this, job] { take_in(job); });
        else if (job->draft->size() <= limits().inline_scan_octets)
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
        // What follows when it is durable.
        std::vector<std::int64_t> answering{};
        std::vector<AccountRules::Limited> limited{};
        std::uint64_t octets = 0;  // of the message
        std::shared_ptr<const message::Message> message{};
        std::optional<Receipts::Arrival> receipt{};
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

    Limits limits() const {
        const std::scoped_lock lock(limits_mutex_);
        return limits_;
    }

    Addressing addressing() const { return {directory_, srs_ ? &*srs_ : nullptr, clock_.now()}; }

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
        auto draft = admit(std::move(job->draft), store_, rewrites, limits());
        if (!draft) return answer(job, fail(std::move(draft.error())));
        Expansion targets = expand(addressing(), job->envelope, reach(job->origin.kind));
        if (targets.left == 0) return answer(job, fail(ErrorKind::not_found, targets.last_error.detail));
        if (targets.left < job->envelope.recipients.size())
            log_.warn("mda.recipients_gone",
                      {{"left", std::int64_t(targets.left)}, {"reason", targets.last_error.detail}});
        if (targets.plain()) return hand_over(job, std::move(*draft), std::move(targets), {});
        job->draft = std::move(*draft);
        on_pool(job, [this, job, shared = std::make_shared<Expansion>(std::move(targets))] {
            expand_further(job, std::move(*shared));
        });
    }

    /// On the pool: lists, quotas, and what automatic replies will need to know. Nothing is stored before all of it is
    /// known to work.
    void expand_further(const JobPtr& job, Expansion targets) {
        if (auto good = check_quotas(*job, targets); !good) return answer(job, fail(std::move(good.error())));
        std::vector<Copy> copies;
        const bool reads = !targets.lists.empty() || !targets.answering.empty() || !targets.bounces.empty() ||
                           !targets.receipts.empty();
        if (reads)
            if (auto done = read_message(*job, targets, copies); !done)
                return answer(job, fail(std::move(done.error())));
        hand_over(job, std::move(job->draft), std::move(targets), std::move(copies));
    }

    Result<void> check_quotas(Job& job, const Expansion& targets) {
        if (rules_ == nullptr) return {};
        job.octets = job.draft->size();
        for (const directory::Route& route : targets.limited) {
            job.limited.insert(job.limited.end(), route.limited.begin(), route.limited.end());
            if (job.origin.kind == Origin::Kind::outbox) continue;
            if (auto good = rules_->check_now(route); !good) return good;
        }
        return {};
    }

    Result<void> read_message(Job& job, const Expansion& targets, std::vector<Copy>& copies) {
        auto head = read_head(*job.draft, limits().header_scan_octets);
        if (!head) return fail(std::move(head.error()));
        const auto message = std::make_shared<const message::Message>(message::parse(*head));
        const Incoming incoming{job.envelope, job.origin, *job.draft, *message, *head, clock_.now()};
        ListDelivery lists({directory_, store_, outbound_, rules_, tokens_, log_, limits().verp_limit}, incoming);
        for (const std::int64_t list : targets.lists)
            if (auto done = lists.expand(list, copies); !done) return done;
        for (const auto& bounce : targets.bounces)
            if (auto done = take_bounce(directory_, tokens_, incoming, *head, bounce.list, bounce.token, log_); !done)
                return done;
        if (receipts_ != nullptr && !targets.receipts.empty())
            job.receipt = {job.envelope, targets.receipts, *head, job.origin.delivery_id, incoming.now};
        using Kind = Origin::Kind;
        const bool is_new = job.origin.kind != Kind::fetch && job.origin.kind != Kind::import;
        if (rules_ == nullptr || targets.answering.empty() || !is_new) return {};
        job.answering = targets.answering;
        job.message = message;
        return {};
    }

    /// To the maildrops, to the queue of mail for elsewhere, and as lists send it: several commits, which share a sync.
    void hand_over(const JobPtr& job, std::unique_ptr<store::Draft> draft, Expansion targets,
                   std::vector<Copy> copies) {
        Copy own;
        if (!targets.remote.empty()) {
            auto second = targets.maildrops.empty() ? Result<std::unique_ptr<store::Draft>>(std::move(draft))
                                                    : copy_of(*draft, store_);
            if (!second) return answer(job, fail(std::move(second.error())));
            Outbound::Mail mail{job->envelope, std::move(*second), job->origin.trace, job->origin.delivery_id};
            mail.envelope.reverse_path = forwarding_path(addressing(), job->envelope);
            mail.envelope.recipients = std::move(targets.remote);
            if (!targets.maildrops.empty() && !mail.delivery_id.empty()) mail.delivery_id += ":out";
            own.out.push_back(std::move(mail));
        }
        if (!targets.maildrops.empty()) {
            own.draft = std::move(draft);
            own.delivery = {prefix_of(job->envelope, job->origin), std::move(targets.maildrops),
                            job->origin.delivery_id, "", clock_.now()};
        }
        copies.push_back(std::move(own));
        commit(job, std::move(copies));
    }

    void commit(const JobPtr& job, std::vector<Copy> copies) {
        const auto parts = std::make_shared<Parts>();
        parts->left = 0;
        for (const Copy& copy : copies) parts->left += copy.out.size() + (copy.draft ? 1 : 0);
        if (parts->left == 0) return answer(job, Outcome{0, false, "discarded", Verdict::Kind::received});
        parts->note = note_of(copies);
        const auto settled = [this, job, parts](auto stored) { settle(job, *parts, std::move(stored)); };
        for (Copy& copy : copies) {
            for (Outbound::Mail& mail : copy.out) outbound_->take(std::move(mail), settled);
            if (copy.draft) store_.commit(std::move(copy.draft), std::move(copy.delivery), settled);
        }
    }

    static std::string note_of(const std::vector<Copy>& copies) {
        std::size_t maildrops = 0, remote = 0;
        for (const Copy& copy : copies) {
            maildrops += copy.delivery.maildrops.size();
            for (const Outbound::Mail& mail : copy.out) remote += mail.envelope.recipients.size();
        }
        std::string note;
        if (maildrops > 0) note = std::to_string(maildrops) + (maildrops == 1 ? " maildrop" : " maildrops");
        if (remote > 0) note += (note.empty() ? "" : ", ") + std::to_string(remote) + " to send";
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
        if (job->answering.empty() && job->limited.empty() && !job->receipt) return job->done(std::move(outcome));
        const bool taken = work_([this, job, outcome] {
            follow_up(*job);
            job->done(outcome);
        });
        if (taken) return;
        log_.warn("mda.no_follow_up", {{"message", outcome.id}});  // no reply or warning; the mail itself is safe
        job->done(std::move(outcome));
    }

    void follow_up(const Job& job) {
        for (const AccountRules::Limited& limited : job.limited) rules_->delivered(limited, job.octets);
        if (!job.answering.empty()) rules_->answer(job.answering, job.envelope, *job.message);
        if (job.receipt) receipts_->delivered(*job.receipt);
    }

    /// The original first, then the verdict: a crash in between repeats the first step harmlessly, as both go by the
    /// delivery's id.
    void take_in(const JobPtr& job) {
        if (intake_ == nullptr) return job->done(fail(ErrorKind::unavailable, "nobody takes replies here"));
        if (job->origin.delivery_id.empty())
            return job->done(fail(ErrorKind::internal, "a reply without a delivery id"));
        auto raw = read_head(*job->draft, limits().intake_octets);
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
    mutable std::mutex limits_mutex_;
    Limits limits_;
    AccountRules* const rules_;
    Receipts* const receipts_;
    const BounceTokens tokens_;
    std::optional<mailauth::Srs> srs_;
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
                              Outbound* outbound, const Clock& clock, Log& log, WorkExecutor work, Options options,
                              AccountRules* rules, Receipts* receipts) {
    return std::make_unique<LocalMda>(directory, store, intake, outbound, clock, log, std::move(work),
                                      std::move(options), rules, receipts);
}

}  // namespace restante::mda
