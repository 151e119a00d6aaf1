#include "login/guess_guard.hpp"

#include <algorithm>
#include <climits>

#include "base/text.hpp"
#include "net/address.hpp"

namespace restante::login {
namespace {

constexpr std::size_t kLongestName = 320;  // of a login; the rest of a longer one is not kept

/// The same for every way to write a login, whether somebody has it or not.
std::string account_of(std::string_view name) {
    name = name.substr(0, kLongestName);
    const std::size_t at = name.rfind('@');
    return to_lower(at == std::string_view::npos || at == 0 ? name : name.substr(0, at));
}

}  // namespace

GuessGuard::GuessGuard(GuardOptions options, Metrics& metrics, std::function<void(const Attack&)> alert)
    : options_(options),
      alert_(std::move(alert)),
      failures_(metrics.counter("login_failures_total", "Wrong passwords, all services")),
      waits_(metrics.counter("login_waits_total", "Logins that had to wait before their password was looked at")),
      sent_away_(metrics.counter("login_sent_away_total", "Logins refused unseen, because too many guessed")),
      attacks_(metrics.counter("login_attacks_total", "Accounts found under attack")),
      accounts_known_(metrics.gauge("login_failing_accounts", "Names whose wrong passwords are remembered")),
      networks_known_(metrics.gauge("login_failing_networks", "Networks whose wrong passwords are remembered")) {}

void GuessGuard::set(GuardOptions options) {
    const std::scoped_lock lock(mutex_);
    options_ = options;
}

GuessGuard::Delay GuessGuard::delay() {
    const std::scoped_lock lock(mutex_);
    return options_.delay;
}

std::optional<GuessGuard::Delay> GuessGuard::admit(std::string_view name, std::string_view address, Time now) {
    const std::scoped_lock lock(mutex_);
    const std::string account = account_of(name), network = network_of(address);
    if (is_familiar(account, network, now)) return Delay{0};
    Failures* const of_account = live(accounts_, account, now);
    Failures* const of_network = live(networks_, network, now);
    const Delay account_gap = account_step(of_account), network_gap = network_step(of_network);
    Time turn = now;
    if (account_gap.count() > 0) turn = std::max(turn, of_account->turn);
    if (network_gap.count() > 0) turn = std::max(turn, of_network->turn);
    if (account_gap.count() == 0 && network_gap.count() == 0) return Delay{0};
    // The first in a queue waits as well, else a free place would be an answer at once.
    turn += std::max(account_gap, network_gap);
    if (turn - now > options_.wait_max) {
        sent_away_.add();
        return std::nullopt;
    }
    waits_.add();
    if (account_gap.count() > 0) of_account->turn = turn;
    if (network_gap.count() > 0) of_network->turn = turn;
    return std::chrono::ceil<Delay>(turn - now);
}

bool GuessGuard::must_wait(std::string_view name, std::string_view address, Time now) {
    const std::scoped_lock lock(mutex_);
    const std::string account = account_of(name), network = network_of(address);
    return !is_familiar(account, network, now) && (account_step(live(accounts_, account, now)).count() > 0 ||
                                                   network_step(live(networks_, network, now)).count() > 0);
}

void GuessGuard::foresee(std::string_view name, std::string_view address, Time now) {
    const std::scoped_lock lock(mutex_);
    const std::string account = account_of(name);
    for (auto [among, key] : {std::pair{&networks_, network_of(address)}, std::pair{&accounts_, account}}) {
        if (key.empty()) continue;
        Failures& failures = touch(*among, key, now);
        ++failures.count;
        ++failures.foreseen;
    }
}

GuessGuard::Delay GuessGuard::failed(std::string_view name, std::string_view address, Time now) {
    Attack attack{account_of(name)};
    Delay delay{};
    {
        const std::scoped_lock lock(mutex_);
        failures_.add();
        delay = grown(add(networks_, network_of(address), now).count - 1);
        if (!attack.name.empty()) {
            Failures& of_account = add(accounts_, attack.name, now);
            if (options_.alert_failures > 0 && of_account.count >= options_.alert_failures && !of_account.told) {
                of_account.told = true;
                attack.failures = of_account.count;
            }
        }
        accounts_known_.set(static_cast<std::int64_t>(accounts_.size()));
        networks_known_.set(static_cast<std::int64_t>(networks_.size()));
    }
    if (attack.failures > 0) {
        attacks_.add();
        if (alert_) alert_(attack);
    }
    return delay;
}

void GuessGuard::succeeded(std::string_view name, std::string_view address, Time now) {
    const std::scoped_lock lock(mutex_);
    familiar_.touch(account_of(name) + '\n' + network_of(address), options_.max_entries) = now;
}

std::string GuessGuard::network_of(std::string_view address) const {
    const auto parsed = net::Address::parse_ip(address);
    if (!parsed) return std::string(address.substr(0, kLongestName));
    std::string bytes(parsed->ip_bytes());
    std::size_t bits = bytes.size() == 4 ? options_.ipv4_prefix : options_.ipv6_prefix;
    for (char& c : bytes) {
        const std::size_t kept = std::min<std::size_t>(bits, CHAR_BIT);
        c = static_cast<char>(static_cast<unsigned char>(c) & (0xFF00U >> kept));
        bits -= kept;
    }
    return bytes;
}

GuessGuard::Failures* GuessGuard::live(Recent<Failures>& among, const std::string& key, Time now) const {
    Failures* const found = among.find(key);
    return found != nullptr && now - found->last <= options_.memory ? found : nullptr;
}

GuessGuard::Failures& GuessGuard::touch(Recent<Failures>& among, const std::string& key, Time now) const {
    Failures& failures = among.touch(key, options_.max_entries);
    if (now - failures.last > options_.memory) failures = {};
    failures.last = now;
    return failures;
}

GuessGuard::Failures& GuessGuard::add(Recent<Failures>& to, const std::string& key, Time now) const {
    Failures& failures = touch(to, key, now);
    if (failures.foreseen > 0)
        --failures.foreseen;
    else
        failures.count = std::min<std::uint32_t>(failures.count, UINT32_MAX - 1) + 1;
    return failures;
}

bool GuessGuard::is_familiar(const std::string& account, const std::string& network, Time now) {
    const Time* const last = familiar_.find(account + '\n' + network);
    return last != nullptr && now - *last <= options_.familiar;
}

GuessGuard::Delay GuessGuard::grown(std::uint32_t doublings) const {
    constexpr std::uint32_t kMost = 20;  // beyond every delay_max
    return std::min<Delay>(options_.delay * (1LL << std::min(doublings, kMost)), options_.delay_max);
}

GuessGuard::Delay GuessGuard::account_step(const Failures* failures) const {
    if (failures == nullptr || failures->count < options_.account_failures) return Delay{0};
    return grown(failures->count - options_.account_failures);
}

GuessGuard::Delay GuessGuard::network_step(const Failures* failures) const {
    return failures == nullptr || failures->count < options_.network_failures ? Delay{0} : grown(0);
}

}  // namespace restante::login
