#include "mta/authenticator.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <stdexcept>

#include "mailauth/authors.hpp"
#include "mailauth/dkim_sign.hpp"
#include "mta/draft_reading.hpp"
#include "net/await_callback.hpp"

namespace restante::mta {
namespace {


/// Questions that are under way together. Over when all have ended, in whatever way, or the time is up.
struct Round {
    explicit Round(const net::Executor& executor) : timer(executor) {}
    void end() {
        timer.cancel();
        if (done) std::exchange(done, nullptr)(true);
    }
    net::asio::steady_timer timer;
    std::vector<net::DnsQuestion> questions;
    std::vector<net::DnsAnswer> answers;  // servfail until one has come
    std::function<void(bool)> done;
};

/// ticket: the round ends with its last copy.
net::Task<> ask(net::Resolver& resolver, std::shared_ptr<Round> round, std::size_t number,
                [[maybe_unused]] std::shared_ptr<void> ticket) {
    auto answer = co_await resolver.ask(round->questions[number]);
    round->answers[number] = std::move(answer);
}

/// What a message tells before DNS is asked, or why its draft cannot be read.
using Prepared = Result<std::unique_ptr<mailauth::Verification>>;

Prepared prepare(store::Draft& draft, const mailauth::Circumstances& circumstances,
                 const mailauth::PublicSuffixes& suffixes, const mailauth::VerificationLimits& limits) {
    auto header = read_header(draft, kHeaderMost);
    if (!header) return fail(header.error());
    const std::uint64_t size = header->size();
    auto out = std::make_unique<mailauth::Verification>(std::move(*header), circumstances, suffixes, limits);
    if (out->wants_body()) {
        const auto feed = [&](std::string_view piece) { out->feed(piece); };
        if (auto read = read_on(draft, size, feed); !read) return fail(read.error());
    }
    out->end_of_body();
    return out;
}

Result<std::string> sign_now(const std::string& added, store::Draft& draft, const std::string& domain,
                             const std::vector<mailauth::SigningKey>& keys, Timestamp now,
                             std::chrono::seconds lifetime) {
    auto own = read_header(draft, kHeaderMost);
    if (!own) return own;
    const std::uint64_t size = own->size();
    const mailauth::HeaderFields header(added + *own);
    const auto authors = mailauth::author_domains(header);
    if (authors.fields != 1 || authors.domains != std::vector{domain}) return std::string();
    mailauth::BodyHash hash(mailauth::Canon::relaxed);
    if (auto read = read_on(draft, size, [&](std::string_view piece) { hash.feed(piece); }); !read)
        return fail(read.error());
    const std::string digest = hash.finish();
    std::string out;
    for (const mailauth::SigningKey& key : keys)
        out += mailauth::dkim_signature_field(header, digest, key, now, lifetime);
    return out;
}

}  // namespace

Authenticator::Authenticator(const Parts& parts)
    : parts_(parts),
      refused_(parts.metrics.counter("mailauth_refused_total", "Messages refused as their domain's DMARC asks")),
      signed_(parts.metrics.counter("mailauth_signed_total", "Messages that got a DKIM signature")),
      seconds_(parts.metrics.histogram("mailauth_seconds", "Time to judge a message, DNS included")) {}

Authenticator::~Authenticator() = default;

net::Task<Result<Authenticator::Judged>> Authenticator::judge(store::Draft& draft,
                                                              mailauth::Circumstances circumstances,
                                                              mailauth::Options options, std::uint64_t inline_octets) {
    const auto began = std::chrono::steady_clock::now();
    const bool in_memory = draft.size() <= inline_octets;
    const auto look = [&] { return prepare(draft, circumstances, suffixes_, options.limits); };
    Prepared verification = fail(Error{});
    if (in_memory)
        verification = look();
    else
        verification = co_await parts_.work.run(look);
    if (!verification) co_return fail(verification.error());
    while (!(*verification)->judge()) co_await answer((*verification)->answers(), began + options.dns_time);
    const mailauth::Report& report = (*verification)->report();
    count(report);
    Judged out;
    out.fields = mailauth::results_field(options.authserv_id, report);
    out.spf = to_string(report.spf.result);
    out.dmarc = to_string(report.dmarc.result);
    out.dkim_passed = has_good_signature(report);
    using Policy = mailauth::DmarcRecord::Policy;
    if (options.dmarc == "enforce" && report.dmarc.applied == Policy::reject) {
        refused_.add();
        out.is_refused = true;
        out.reason = "DMARC of " + report.dmarc.domain;
        co_return out;
    }
    if (options.dmarc == "enforce" && report.dmarc.applied == Policy::quarantine)
        out.fields += "X-Quarantine: dmarc\r\n";
    seconds_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    co_return out;
}

/// Puts what is missing into answers; what has not come in time is a servfail.
net::Task<> Authenticator::answer(mailauth::Answers& answers, std::chrono::steady_clock::time_point until) {
    const net::Executor executor = co_await net::this_executor;
    const auto round = std::make_shared<Round>(executor);
    round->questions = answers.take_missing();
    if (round->questions.empty()) throw std::logic_error("a check waits for nothing");
    net::DnsAnswer none;
    none.detail = "no answer in time";
    round->answers.assign(round->questions.size(), none);
    if (std::chrono::steady_clock::now() < until) {
        co_await net::await_callback<bool>([&](std::function<void(bool)> done) {
            round->done = std::move(done);
            round->timer.expires_at(until);
            round->timer.async_wait([round](boost::system::error_code error) {
                if (!error) round->end();
            });
            const std::shared_ptr<void> ticket(nullptr, [round](void*) { round->end(); });
            for (std::size_t i = 0; i < round->questions.size(); ++i)
                parts_.group.spawn(executor, ask(*parts_.resolver, round, i, ticket), "mailauth.ask");
        });
    }
    for (std::size_t i = 0; i < round->questions.size(); ++i) answers.put(round->questions[i], round->answers[i]);
}

net::Task<Result<std::string>> Authenticator::sign(std::string added, store::Draft& draft, std::string domain,
                                                   Timestamp now, mailauth::Options options,
                                                   std::uint64_t inline_octets) {
    const auto keys = parts_.keys == nullptr ? nullptr : parts_.keys->active(domain);
    if (!keys || keys->empty()) co_return std::string();
    const auto make = [&] { return sign_now(added, draft, domain, *keys, now, options.signature_lifetime); };
    Result<std::string> out = fail(Error{});
    if (draft.size() <= inline_octets)
        out = make();
    else
        out = co_await parts_.work.run(make);
    if (out && !out->empty()) signed_.add();
    co_return out;
}

bool Authenticator::has_good_signature(const mailauth::Report& report) {
    return std::ranges::any_of(report.dkim,
                               [](const auto& verdict) { return verdict.result == mailauth::DkimResult::pass; });
}

void Authenticator::count(const mailauth::Report& report) {
    const auto add = [this](const char* method, const char* result) {
        parts_.metrics
            .counter("mailauth_results_total", "Messages from elsewhere by what was found out",
                     {{"method", method}, {"result", result}})
            .add();
    };
    add("spf", to_string(report.spf.result));
    add("dkim", report.dkim.empty() ? "none" : has_good_signature(report) ? "pass" : to_string(report.dkim.front().result));
    add("dmarc", to_string(report.dmarc.result));
    add("arc", to_string(report.arc.result));
}

}  // namespace restante::mta
