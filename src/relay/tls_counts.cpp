#include "relay/tls_counts.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace restante::relay {
namespace {
using Days = std::chrono::days;
constexpr std::size_t kMostKinds = 20'000;  // of sessions in memory; more of new kinds are not counted

std::string key_of(const TlsCount& count) {
    const TlsSession& s = count.session;
    std::string out = std::to_string(count.day) + '\n' + s.domain + '\n' + s.host + '\n' + to_string(s.result) + '\n' +
                      s.reason + '\n' + s.sending_ip + '\n' + s.receiving_ip + '\n' + to_string(s.policy.type);
    for (const std::string& line : s.policy.lines) out += '\n' + line;
    return out;
}
}  // namespace

ReportDay day_of(Timestamp at) { return std::chrono::floor<Days>(at).time_since_epoch().count(); }
Timestamp start_of(ReportDay day) { return Timestamp{Days(day)}; }
std::string to_text(ReportDay day) { return to_rfc3339(start_of(day)).substr(0, 10); }

std::optional<ReportDay> parse_report_day(std::string_view text) {
    const auto parts = split(text, '-');
    if (text.size() != 10 || parts.size() != 3 || parts[0].size() != 4 || parts[1].size() != 2) return std::nullopt;
    const auto year = parse_u64(parts[0]), month = parse_u64(parts[1]), day = parse_u64(parts[2]);
    if (!year || !month || !day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch().count();
}

void TlsCounts::add(TlsSession session, Timestamp at) {
    if (session.result == TlsResult::success) session.sending_ip = session.receiving_ip = "";
    const std::scoped_lock lock(mutex_);
    add_locked({day_of(at), std::move(session), 1});
}

void TlsCounts::add_locked(TlsCount count) {
    std::string key = key_of(count);
    const auto known = counts_.find(key);
    if (known != counts_.end())
        known->second.sessions += count.sessions;
    else if (counts_.size() < kMostKinds)
        counts_.emplace(std::move(key), std::move(count));
}

std::vector<TlsCount> TlsCounts::take() {
    std::map<std::string, TlsCount> taken;
    {
        const std::scoped_lock lock(mutex_);
        taken.swap(counts_);
    }
    std::vector<TlsCount> out;
    for (auto& [key, count] : taken) out.push_back(std::move(count));
    return out;
}

std::vector<TlsCount> TlsCounts::of(const std::string& domain, ReportDay day) const {
    std::vector<TlsCount> out;
    const std::scoped_lock lock(mutex_);
    for (const auto& [key, count] : counts_)
        if (count.day == day && count.session.domain == domain) out.push_back(count);
    return out;
}

void merge(std::vector<TlsCount>& into, const std::vector<TlsCount>& more) {
    for (const TlsCount& count : more) {
        const auto same = [key = key_of(count)](const TlsCount& known) { return key_of(known) == key; };
        const auto known = std::find_if(into.begin(), into.end(), same);
        if (known == into.end())
            into.push_back(count);
        else
            known->sessions += count.sessions;
    }
    const auto succeeded = [](const TlsCount& count) { return count.session.result == TlsResult::success; };
    std::stable_partition(into.begin(), into.end(), succeeded);
}

void TlsCounts::put_back(const std::vector<TlsCount>& counts) {
    const std::scoped_lock lock(mutex_);
    for (const TlsCount& count : counts) add_locked(count);
}

}  // namespace restante::relay
