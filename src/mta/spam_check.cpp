#include "mta/spam_check.hpp"

#include <algorithm>
#include <chrono>

#include "mda/delivery.hpp"
#include "mta/draft_reading.hpp"

namespace restante::mta {
namespace {

constexpr std::uint64_t kReadAtOnce = 64 * 1024;     // octets of a message that are looked at on the connection's thread

Result<filter::Verdict> look(const SpamCheck::Parts& parts, store::Draft& draft, const filter::Circumstances& circumstances) {
    const auto header = read_header(draft, kHeaderMost);
    if (!header) return fail(header.error());
    const auto start = mda::read_head(draft, header->size() + parts.filter.options()->inspected_octets);
    if (!start) return fail(start.error());
    return parts.filter.judge(*start, circumstances);
}

std::string tests_of(const filter::Verdict& verdict) {
    std::string out;
    for (const filter::Finding& finding : verdict.findings) out += (out.empty() ? "" : " ") + finding.name;
    return out;
}

/// The names folded at 70 characters.
std::string fields_of(const filter::Verdict& verdict, bool is_marked) {
    std::string out = is_marked ? "X-Spam-Flag: YES\r\n" : "";
    out += "X-Spam-Score: " + std::to_string(verdict.score) + "\r\n";
    if (verdict.findings.empty()) return out;
    std::string line = "X-Spam-Tests:";
    for (const filter::Finding& finding : verdict.findings) {
        if (line.size() + finding.name.size() > 70) {
            out += line + "\r\n";
            line = "\t";
        } else {
            line += ' ';
        }
        line += finding.name;
    }
    return out + line + "\r\n";
}

Counter& counted(Metrics& metrics, const char* verdict) {
    return metrics.counter("spam_filter_messages_total", "Messages from elsewhere by what the spam filter said", {{"verdict", verdict}});
}

}  // namespace

SpamCheck::SpamCheck(const Parts& parts)
    : parts_(parts),
      passed_(counted(parts.metrics, "passed")),
      marked_(counted(parts.metrics, "marked")),
      refused_(counted(parts.metrics, "refused")),
      seconds_(parts.metrics.histogram("spam_filter_seconds", "Time to judge a message")) {}

net::Task<Result<SpamCheck::Judged>> SpamCheck::judge(store::Draft& draft, filter::Circumstances circumstances,
                                                      bool may_refuse, std::uint64_t inline_octets) {
    const auto began = std::chrono::steady_clock::now();
    const auto options = parts_.filter.options();
    const auto work = [&] { return look(parts_, draft, circumstances); };
    Result<filter::Verdict> looked = fail(Error{});
    if (draft.size() <= std::min(kReadAtOnce, inline_octets))
        looked = work();
    else
        looked = co_await parts_.work.run(work);
    if (!looked) co_return fail(looked.error());
    const filter::Verdict& verdict = *looked;
    const bool is_marked = options->marks(verdict.score);
    Judged out;
    out.score = verdict.score;
    out.tests = tests_of(verdict);
    out.is_refused = may_refuse && options->refuses(verdict.score);
    if (!out.is_refused) out.fields = fields_of(verdict, is_marked);
    (out.is_refused ? refused_ : is_marked ? marked_ : passed_).add();
    seconds_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    co_return out;
}

}  // namespace restante::mta
