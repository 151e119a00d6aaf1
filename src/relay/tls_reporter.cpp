#include "relay/tls_reporter.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "net/await_callback.hpp"

namespace restante::relay {
namespace {
constexpr std::chrono::minutes kFlush{1};    // a crash loses the counts of this long
constexpr std::chrono::hours kAgain{1};      // after something did not work
constexpr std::chrono::hours kPatience{24};  // RFC 8460 5.5
constexpr std::size_t kAtOnce = 200;         // domains looked up in the table

double random_share() {
    std::uint64_t number = 0;
    for (const char c : random_bytes(4)) number = number << 8 | static_cast<unsigned char>(c);
    return static_cast<double>(number) / 4'294'967'296.0;
}
}  // namespace

std::string report_sender(const Options& options) {
    return options.tls_report_from.empty() ? "postmaster@" + options.host_name : options.tls_report_from;
}

TlsReporter::TlsReporter(const Parts& parts)
    : parts_(parts),
      luck_(random_share()),
      sent_(parts.metrics.counter("relay_tls_reports_total", "TLS reports handed over, by receiver")),
      failed_(parts.metrics.counter("relay_tls_reports_failed_total", "TLS reports given up, by receiver")) {}

TlsReporter::~TlsReporter() {
    const auto counts = parts_.counts.take();
    if (counts.empty()) return;
    const auto written = parts_.database.write([&](db::Session& session) { return tls_tables::add(session, counts); });
    if (!written) parts_.log.error("relay.tls_counts_lost", {{"reason", written.error().detail}});
}

void TlsReporter::start() {
    if (running_.exchange(true)) return;
    parts_.group.spawn(parts_.io.next(), loop(++generation_), "relay.tls_reports");
}

net::Task<> TlsReporter::loop(std::uint64_t generation) {
    next_send_ = next_flush_ = Timestamp{};
    while (running_ && generation == generation_) {
        try {
            co_await turn();
        } catch (const std::exception& e) {
            if (parts_.group.cancelled()) throw;
            parts_.log.error("relay.tls_reports_failed", {{"reason", e.what()}});
        }
        const auto waited = co_await net::sleep_for(parts_.queue.options().poll);
        if (!waited) co_return;
    }
}

/// The wait after midnight is decided at the start (RFC 8460 4.1): what became due while the server was down is sent at
/// that time of the day, or at once if it has passed.
net::Task<> TlsReporter::turn() {
    const Options options = parts_.queue.options();
    const Timestamp now = parts_.clock.now();
    if (now >= next_flush_) {
        next_flush_ = now + kFlush;
        (void)co_await flush();
    }
    if (!options.tls_reports) co_return;
    const auto wait = std::chrono::duration_cast<std::chrono::microseconds>(options.tls_report_spread * luck_);
    const Timestamp today = start_of(day_of(now)) + wait;
    if (next_send_ == Timestamp{}) next_send_ = today;
    if (now < next_send_) co_return;
    const bool done = co_await send_due();
    const Timestamp tomorrow = start_of(day_of(now) + 1) + wait;
    next_send_ = done ? tomorrow : std::min(tomorrow, now + kAgain);
}

/// With whatever else the queue has to write.
net::Task<Result<void>> TlsReporter::flush() {
    const auto counts = parts_.counts.take();
    if (counts.empty()) co_return Result<void>{};
    const Queue::Change add = [counts](db::Session& session) { return tls_tables::add(session, counts); };
    auto written = co_await net::await_callback<Result<void>>(
        [&](std::function<void(Result<void>)> done) { parts_.queue.change(add, std::move(done)); });
    if (!written) {
        parts_.counts.put_back(counts);
        parts_.log.error("relay.unwritable", {{"what", "counts for TLS reports"}, {"reason", written.error().detail}});
    }
    co_return written;
}

/// True if nothing is left to be tried again.
net::Task<bool> TlsReporter::send_due() {
    auto flushed = co_await flush();
    if (!flushed) co_return false;
    const ReportDay today = day_of(parts_.clock.now());
    bool all = true;
    for (Pending last;;) {
        const auto due = co_await parts_.work.run([&] {
            return parts_.database.read([&](db::Session& s) { return tls_tables::pending(s, today, last, kAtOnce); });
        });
        if (!due) {
            parts_.log.error("relay.unreadable", {{"what", "TLS reports"}, {"reason", due.error().detail}});
            co_return false;
        }
        if (due->empty()) break;
        for (const Pending& about : *due) {
            if (!goes_on()) co_return false;
            const bool done = co_await deal_with(about);
            all = all && done;
        }
        last = due->back();
    }
    const auto kept = std::chrono::duration_cast<std::chrono::days>(parts_.queue.options().tls_report_keep).count();
    const auto forgotten = co_await parts_.work.run(
        [&] { return parts_.database.write([&](db::Session& s) { return tls_tables::forget(s, today - kept); }); });
    if (!forgotten)
        parts_.log.error("relay.unwritable", {{"what", "TLS reports"}, {"reason", forgotten.error().detail}});
    co_return all;
}

bool TlsReporter::is_late(const Pending& about) const {
    return parts_.clock.now() > start_of(about.day + 1) + parts_.queue.options().tls_report_spread + kPatience;
}

/// One domain's day. False: to be tried again.
net::Task<bool> TlsReporter::deal_with(Pending about) {
    net::DnsQuestion question{net::DnsQuestion::Type::txt, "_smtp._tls." + about.domain};
    const net::DnsAnswer answer = co_await parts_.resolver.ask(std::move(question));
    const bool late = is_late(about);
    if (answer.status == net::DnsAnswer::Status::servfail && !late) co_return false;
    const auto targets = tls_report_targets(answer.texts);
    auto report = co_await parts_.work.run([&] { return load(about); });
    const auto known = co_await parts_.work.run(
        [&] { return parts_.database.read([&](db::Session& s) { return tls_tables::settled(s, about); }); });
    if (!report || !known) co_return false;
    bool all = true;
    for (const ReportTarget& target : targets) {
        const auto same = [&](const tls_tables::Settled& one) { return one.uri == target.uri; };
        if (std::any_of(known->begin(), known->end(), same)) continue;
        const bool sent = co_await send_to(target, *report, about);
        all = all && sent;
    }
    if (!all && !late) co_return false;
    std::string uri, state = "done";
    if (targets.empty()) state = "not wanted";
    if (!all || answer.status == net::DnsAnswer::Status::servfail) state = "given up";
    if (!all) failed_.add();
    const bool settled = co_await settle(about, std::move(uri), std::move(state));
    co_return settled;
}

Result<TlsReport> TlsReporter::load(const Pending& about) const {
    const Options options = parts_.queue.options();
    TlsReport out;
    out.organization = options.tls_report_organization.empty() ? options.host_name : options.tls_report_organization;
    out.contact = report_sender(options);
    out.submitter = out.contact.substr(out.contact.rfind('@') + 1);
    out.domain = about.domain;
    out.day = about.day;
    auto counts = parts_.database.read([&](db::Session& s) { return tls_tables::find(s, about.day, about.domain); });
    if (!counts) return fail(std::move(counts.error()));
    out.counts = std::move(*counts);
    return out;
}

Result<TlsReporter::Preview> TlsReporter::preview(const std::string& domain, ReportDay day) {
    const Pending about{day, domain};
    auto report = load(about);
    if (!report) return fail(std::move(report.error()));
    merge(report->counts, parts_.counts.of(domain, day));  // what was counted a moment ago is shown, too
    if (report->counts.empty())
        return fail(ErrorKind::not_found, "no session with " + domain + " was counted on " + to_text(day));
    auto settled = parts_.database.read([&](db::Session& s) { return tls_tables::settled(s, about); });
    if (!settled) return fail(std::move(settled.error()));
    return Preview{std::move(*report), std::move(*settled)};
}

}  // namespace restante::relay
