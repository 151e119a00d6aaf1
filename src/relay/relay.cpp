#include "relay/relay.hpp"

#include <algorithm>

#include "net/await_callback.hpp"
#include "relay/tables.hpp"

namespace restante::relay {
namespace {
using Steady = std::chrono::steady_clock;
/// A connection that takes longer to come about is slow: it no longer keeps a session's place from others.
constexpr std::chrono::seconds kBrisk{2};
constexpr std::chrono::seconds kDestructionPatience{1};

/// Tells even when what it is in is cut short.
struct AtEnd {
    std::function<void(bool)> told;
    ~AtEnd() { told(true); }
};
}  // namespace

/// One session's place, from the first look-up to the end.
class Relay::Slot {
public:
    Slot(Relay& relay, const DueDestination& due) : domain(due.domain), failures(due.failures), relay_(relay) {}
    ~Slot() {
        release(held);
        const std::scoped_lock lock(relay_.mutex_);
        connected_locked();
        if (talking_) --relay_.talking_;
        const auto lane = relay_.lanes_.find(domain);
        if (--lane->second.sessions == 0) relay_.lanes_.erase(lane);
        relay_.sessions_.add(-1);
    }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    void connected() {
        const std::scoped_lock lock(relay_.mutex_);
        connected_locked();
        talking_ = true;
        ++relay_.talking_;
    }
    void release(std::set<Recipient>& recipients) {
        const std::scoped_lock lock(relay_.mutex_);
        auto& in_flight = relay_.lanes_[domain].in_flight;
        for (const Recipient& recipient : recipients) in_flight.erase(recipient);
        recipients.clear();
    }
    /// The others have their turn after this session.
    void keep_only(const std::set<store::MessageId>& mails_kept, std::vector<Work>& works) {
        std::set<Recipient> others;
        for (const Recipient& recipient : held)
            if (!mails_kept.contains(recipient.first)) others.insert(recipient);
        for (const Recipient& recipient : others) held.erase(recipient);
        release(others);
        std::erase_if(works, [&](const Work& work) { return !mails_kept.contains(work.mail.id); });
    }

    const std::string domain;
    const std::int64_t failures;
    std::set<Recipient> held;  // what this session has taken
    std::size_t mails = 0;

private:
    friend class Relay;
    void connected_locked() {
        if (!connecting_) return;
        connecting_ = false;
        relay_.connecting_.erase(relay_.connecting_.find(since_));
        if (failures > 0) --relay_.failing_;
    }
    Relay& relay_;
    bool connecting_ = true, talking_ = false;
    Steady::time_point since_ = Steady::now();
};

Relay::Relay(const Parts& parts)
    : parts_(parts),
      connector_(
          {parts.resolver, parts.work, parts.smarthosts, parts.policies, parts.log, parts.clock, parts.tls_counts}),
      connecting_tasks_(parts.log),
      sent_(parts.metrics.counter("relay_sent_total", "Recipients elsewhere whose server took the mail")),
      failed_(parts.metrics.counter("relay_failed_total", "Recipients elsewhere given up")),
      deferred_(parts.metrics.counter("relay_deferred_total", "Attempts that are to be repeated, by recipient")),
      reports_(parts.metrics.counter("relay_reports_total", "Delivery status notifications sent")),
      sessions_(parts.metrics.gauge("relay_sessions", "Sessions with other servers, those being connected included")) {}

Relay::~Relay() {
    while (!connecting_tasks_.wait(kDestructionPatience)) connecting_tasks_.cancel_tasks();
}

void Relay::stop() {
    running_ = false;
    connecting_tasks_.cancel_tasks();
}

void Relay::start() {
    if (running_.exchange(true)) return;
    parts_.group.spawn(parts_.io.next(), loop(++generation_), "relay");
}

std::size_t Relay::sessions() const {
    const std::scoped_lock lock(mutex_);
    return talking_ + connecting_.size();
}

net::Task<> Relay::loop(std::uint64_t generation) {
    while (running_ && generation == generation_) {
        bool more = false;
        try {
            more = co_await turn();
        } catch (const std::exception& e) {
            if (parts_.group.cancelled()) throw;
            parts_.log.error("relay.failed", {{"reason", e.what()}});
        }
        if (more) continue;
        if (!co_await net::sleep_for(parts_.queue.options().poll)) co_return;
    }
}

/// Begins what is due and has a place. True if there may be more to do at once.
net::Task<bool> Relay::turn() {
    parts_.queue.repair();
    const bool told = co_await tell_overdue();
    std::size_t busy = 0;
    {
        const std::scoped_lock lock(mutex_);
        busy = lanes_.size();
    }
    const std::size_t wanted = parts_.queue.options().sessions + busy;
    const auto due = co_await parts_.work.run([&] { return parts_.queue.due_destinations(wanted); });
    if (!due) {
        if (goes_on()) parts_.log.error("relay.unreadable", {{"reason", due.error().detail}});
        co_return false;
    }
    for (const DueDestination& destination : *due) (void)begin(destination);
    co_return told;
}

/// Dead hosts are what keeps places longest, so they get places of their own: what is slow to connect counts no longer
/// against the sessions, and destinations that failed before get half of the places for connecting.
bool Relay::begin(const DueDestination& due) {
    const Options options = parts_.queue.options();
    std::shared_ptr<Slot> slot;
    {
        const std::scoped_lock lock(mutex_);
        const auto brisk = std::distance(connecting_.lower_bound(Steady::now() - kBrisk), connecting_.end());
        if (talking_ + static_cast<std::size_t>(brisk) >= options.sessions || connecting_.size() >= options.connects)
            return false;
        if (due.failures > 0 && failing_ >= std::max<std::size_t>(1, options.connects / 2)) return false;
        const auto known = lanes_.find(due.domain);
        const std::size_t under_way = known == lanes_.end() ? 0 : known->second.in_flight.size();
        // A second session only where the first one has more than it can do soon.
        const std::size_t allowed =
            due.failures == 0 ? under_way / std::max<std::size_t>(1, options.recipients_per_mail) + 1 : 1;
        if (known != lanes_.end() && known->second.sessions >= std::min<std::size_t>(allowed, options.per_destination))
            return false;
        slot = std::make_shared<Slot>(*this, due);
        ++lanes_[due.domain].sessions;
        connecting_.insert(slot->since_);
        if (due.failures > 0) ++failing_;
        sessions_.add(1);
    }
    return parts_.group.spawn(parts_.io.next(), attend(std::move(slot)), "relay.session");
}

net::Task<> Relay::attend(std::shared_ptr<Slot> slot) {
    auto works = co_await take(*slot);
    if (!works || !goes_on()) co_return;
    if (works->empty()) {
        Queue::Change idle = [domain = slot->domain](db::Session& s) { return tables::destination_idle(s, domain); };
        (void)co_await change(std::move(idle));
        co_return;
    }
    const auto reports = co_await reports_among(*works);
    Connector::Purpose purpose = Connector::Purpose::mail;
    if (!reports.empty()) {
        purpose = Connector::Purpose::tls_report;
        slot->keep_only(reports, *works);
    }
    auto connected = co_await connect(slot->domain, purpose);
    if (!connected) co_return;
    if (connected->conversation) {
        slot->connected();
        co_await send_all(*slot, std::move(*connected), std::move(*works), purpose);
    } else if (connected->none.permanent) {
        co_await refuse_all(*slot, std::move(connected->none), std::move(*works));
    } else if (!parts_.group.cancelled()) {
        const Timestamp next = next_try(slot->failures + 1);
        parts_.log.warn("relay.unreachable",
                        {{"domain", slot->domain}, {"reason", connected->none.text}, {"next", to_rfc3339(next)}});
        deferred_.add(slot->held.size());
        Queue::Change failed = [domain = slot->domain, next, why = connected->none.text](db::Session& s) {
            return tables::destination_failed(s, domain, next, why);
        };
        (void)co_await change(std::move(failed));
    }
}

/// nullopt: stop() has cut it short.
net::Task<std::optional<Connector::Outcome>> Relay::connect(std::string domain, Connector::Purpose purpose) {
    std::optional<Connector::Outcome> outcome;
    const net::Executor executor = co_await net::this_executor;
    const auto begin = [this, &outcome, &domain, purpose, &executor](std::function<void(bool)> done) {
        connecting_tasks_.spawn(executor, connect_into(outcome, domain, purpose, std::move(done)), "relay.connect");
    };
    (void)co_await net::await_callback<bool>(begin);
    co_return outcome;
}

net::Task<> Relay::connect_into(std::optional<Connector::Outcome>& outcome, std::string domain,
                                Connector::Purpose purpose, std::function<void(bool)> done) {
    const AtEnd at_end{std::move(done)};
    if (!goes_on()) co_return;
    const Options options = parts_.queue.options();
    auto found = co_await connector_.connect(std::move(domain), options, purpose);
    if (!goes_on() && !found.conversation) co_return;  // no fault of the host
    outcome = std::move(found);
}

/// Recipients that are due and that no other session has.
net::Task<Result<std::vector<Work>>> Relay::take(Slot& slot) {
    const std::size_t batch = parts_.queue.options().recipients_per_mail;
    std::size_t elsewhere = 0;
    {
        const std::scoped_lock lock(mutex_);
        elsewhere = lanes_[slot.domain].in_flight.size();
    }
    auto works = co_await parts_.work.run([&] { return parts_.queue.due(slot.domain, batch + elsewhere); });
    if (!works) {
        if (goes_on()) parts_.log.error("relay.unreadable", {{"reason", works.error().detail}});
        co_return works;
    }
    const std::scoped_lock lock(mutex_);
    auto& in_flight = lanes_[slot.domain].in_flight;
    for (Work& work : *works) {
        std::erase_if(work.items, [&](const Item& item) {
            if (slot.held.size() >= batch || !in_flight.emplace(item.mail, item.number).second) return true;
            slot.held.emplace(item.mail, item.number);
            return false;
        });
    }
    std::erase_if(*works, [](const Work& work) { return work.items.empty(); });
    co_return works;
}

net::Task<> Relay::send_all(Slot& slot, Connector::Outcome connected, std::vector<Work> works,
                            Connector::Purpose purpose) {
    const Options options = parts_.queue.options();
    bool well = false;
    while (!works.empty()) {
        for (Work& work : works) {
            if (!goes_on() || !connected.conversation->usable()) break;
            const bool answered = co_await send(connected, work);
            well = well || answered;
            ++slot.mails;
        }
        slot.release(slot.held);
        if (!goes_on() || !connected.conversation->usable() || slot.mails >= options.mails_per_session) break;
        if (purpose == Connector::Purpose::tls_report) break;  // other mail must not go this way
        auto more = co_await take(slot);
        works = more ? std::move(*more) : std::vector<Work>();
    }
    const bool usable = connected.conversation->usable();
    const Timestamp next = next_try(slot.failures + 1);
    Queue::Change ended = [domain = slot.domain, well = well || usable, next](db::Session& s) {
        return well ? tables::destination_well(s, domain)
                    : tables::destination_failed(s, domain, next, "the session with the server broke off");
    };
    (void)co_await change(std::move(ended));
    co_await connected.conversation->quit();
}

/// One transaction. True if the server said something about it.
net::Task<bool> Relay::send(Connector::Outcome& connected, Work& work) {
    Conversation& conversation = *connected.conversation;
    Content content(parts_.queue, parts_.work, work.mail);
    const auto scanned = co_await content.scan();
    if (!scanned && scanned.error().kind == ErrorKind::not_found) {  // an administrator deleted it a moment ago
        Queue::Change forget = [id = work.mail.id](db::Session& s) { return tables::forget(s, id); };
        (void)co_await change(std::move(forget));
        co_return false;
    }
    smtp::ClientMail mail;
    mail.envelope = work.mail.envelope;
    mail.size = work.mail.size;
    mail.eight_bit = content.eight_bit();
    mail.utf8 = work.mail.envelope.smtputf8 && content.eight_bit_header();
    for (const Item& item : work.items) mail.envelope.recipients.push_back(item.recipient);
    std::vector<smtp::RecipientOutcome> outcomes;
    if (!scanned) {
        outcomes.assign(work.items.size(),
                        {smtp::RecipientOutcome::Kind::temporary, {451, {4, 3, 0}, scanned.error().detail}});
    } else if (mail.envelope.require_tls && !connected.verified) {  // RFC 8689 4.2.1
        outcomes.assign(work.items.size(),
                        {smtp::RecipientOutcome::Kind::permanent,
                         {554, {5, 7, 30}, "The sender requires TLS, and it is not certain who the server is"}});
    } else {
        outcomes = co_await conversation.send(std::move(mail), content);
    }
    auto endings = endings_of(work, outcomes, conversation);
    const bool answered = conversation.usable() ||
                          std::any_of(endings.begin(), endings.end(),
                                      [](const Ending& ending) { return ending.kind != Ending::Kind::deferred; });
    parts_.log.debug("relay.transaction",
                     {{"message", work.mail.id}, {"host", conversation.name()}, {"tls", conversation.tls_text()}});
    if (parts_.group.cancelled()) {  // no more waiting; but what was sent must not be sent again
        std::erase_if(endings, [](const Ending& ending) { return ending.kind != Ending::Kind::sent; });
        parts_.queue.change([this, endings](db::Session& s) { return write_down(s, endings); },
                            [](const Result<void>&) {});
        co_return answered;
    }
    co_await conclude(work.mail, std::move(endings), conversation.name());
    co_return answered;
}

/// The destination takes no mail at all: everything that is due for it goes back.
net::Task<> Relay::refuse_all(Slot& slot, NoWay why, std::vector<Work> works) {
    while (!works.empty() && goes_on()) {
        for (const Work& work : works) {
            std::vector<Ending> endings;
            for (const Item& item : work.items)
                endings.push_back({item, {item.recipient, why.status, why.text, "", ""}, Ending::Kind::failed, false});
            co_await conclude(work.mail, std::move(endings), slot.domain);
        }
        slot.release(slot.held);
        auto more = co_await take(slot);
        works = more ? std::move(*more) : std::vector<Work>();
    }
    Queue::Change done = [domain = slot.domain](db::Session& s) { return tables::destination_well(s, domain); };
    (void)co_await change(std::move(done));
}

net::Task<Result<void>> Relay::change(Queue::Change wanted) {
    return net::await_callback<Result<void>>(
        [this, wanted = std::move(wanted)](std::function<void(Result<void>)> done) {
            parts_.queue.change(wanted, std::move(done));
        });
}

bool Relay::in_flight(const Item& item) const {
    const std::scoped_lock lock(mutex_);
    const auto lane = lanes_.find(destination_of(item.recipient.address));
    return lane != lanes_.end() && lane->second.in_flight.contains({item.mail, item.number});
}

}  // namespace restante::relay
