#include "fetch/settings.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "message/envelope.hpp"

namespace restante::fetch {
namespace {
constexpr std::size_t kMaxName = 100, kMaxCredential = 1000, kMaxPem = 262'144;

bool one_line(std::string_view text, std::size_t most) {
    return text.size() <= most && is_valid_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
           });
}

bool is_ip(const std::string& text) {
    std::array<unsigned char, 16> bytes{};
    return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorKind::invalid, std::move(detail)); }

Result<std::string> checked_pin(std::string_view text) {
    std::string hex;
    for (const char c : text)
        if (c != ':' && c != ' ') hex += ascii_lower(c);
    if (hex.empty()) return hex;
    const bool digits = hex.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!digits || hex.size() != 64)
        return invalid("the pinned fingerprint must be a SHA-256: 64 hexadecimal digits, colons allowed");
    return hex;
}

Result<void> check_tls(const Settings& s) {
    if (s.port == 995 && s.tls != TlsMode::implicit)  // S1.10
        return invalid("port 995 speaks TLS from the first octet: choose TLS mode implicit, or another port");
    if (s.port == 110 && s.tls == TlsMode::implicit)
        return invalid("port 110 begins in clear: choose TLS mode stls, or port 995");
    if (s.tls == TlsMode::none && (!s.ca_pem.empty() || !s.pinned_sha256.empty()))
        return invalid(
            "without TLS there is no certificate to check: remove the authority and the fingerprint, or choose TLS");
    if (s.ca_pem.size() > kMaxPem) return invalid("the authority's certificates are too long");
    if (!s.ca_pem.empty() && s.ca_pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
        return invalid("the authority must be in PEM form (-----BEGIN CERTIFICATE-----)");
    return {};
}

Result<void> check_numbers(const Settings& s, const Options& options) {
    if (s.timeout_seconds < 1 || s.timeout_seconds > 3600) return invalid("the timeout must be 1 to 3600 seconds");
    if (s.interval_minutes < options.min_interval_minutes || s.interval_minutes > 10'080)
        return invalid("the interval must be " + std::to_string(options.min_interval_minutes) + " to 10080 minutes");
    return {};
}
}  // namespace

Result<Settings> checked_settings(Settings s, const Options& options) {
    s.name = trim(s.name);
    s.address = to_lower(trim(s.address));
    s.account = to_lower(trim(s.account));
    if (s.address.size() > 2 && s.address.front() == '[' && s.address.back() == ']')
        s.address = s.address.substr(1, s.address.size() - 2);
    if (s.name.empty() || !one_line(s.name, kMaxName))
        return invalid("the connection needs a name of one line, at most 100 octets");
    if (!is_ip(s.address) && !message::is_domain_name(s.address))
        return invalid("\"" + escape_for_log(s.address, 80) + "\" is neither a host name nor an IP address");
    if (s.user.empty() || !one_line(s.user, kMaxCredential))
        return invalid("the user name is missing, or is not one line");
    if (!one_line(s.password, kMaxCredential)) return invalid("the password must be one line");
    if (s.port == 0) s.port = default_port(s.tls);
    auto pin = checked_pin(s.pinned_sha256);
    if (!pin) return fail(std::move(pin.error()));
    s.pinned_sha256 = std::move(*pin);
    if (auto good = check_tls(s); !good) return fail(std::move(good.error()));
    if (auto good = check_numbers(s, options); !good) return fail(std::move(good.error()));
    if (s.purpose == Purpose::maildrop && s.account.empty()) return invalid("name the account the mails go to");
    if (s.purpose == Purpose::replies) s.account.clear();
    return s;
}

std::uint16_t default_port(TlsMode mode) { return mode == TlsMode::implicit ? 995 : 110; }

bool same_mailbox(const Settings& a, const Settings& b) { return a.address == b.address && a.user == b.user; }

std::string describe_change(const Settings& before, const Settings& after) {
    std::string out;
    const auto differs = [&](const char* what, const std::string& a, const std::string& b) {
        if (a != b) out += (out.empty() ? "" : ", ") + std::string(what) + ": " + a + " -> " + b;
    };
    differs("name", before.name, after.name);
    differs("address", before.address, after.address);
    differs("port", std::to_string(before.port), std::to_string(after.port));
    differs("tls", to_string(before.tls), to_string(after.tls));
    differs("user", before.user, after.user);
    differs("timeout", std::to_string(before.timeout_seconds), std::to_string(after.timeout_seconds));
    differs("interval", std::to_string(before.interval_minutes), std::to_string(after.interval_minutes));
    differs("verify", before.verify_certificate ? "on" : "off", after.verify_certificate ? "on" : "off");
    differs("authority", before.ca_pem.empty() ? "system" : "own", after.ca_pem.empty() ? "system" : "own");
    differs("pin", before.pinned_sha256, after.pinned_sha256);
    differs("purpose", to_string(before.purpose), to_string(after.purpose));
    differs("account", before.account, after.account);
    differs("enabled", before.enabled ? "yes" : "no", after.enabled ? "yes" : "no");
    differs("leave on server", before.leave_on_server ? "yes" : "no", after.leave_on_server ? "yes" : "no");
    if (!after.password.empty()) out += out.empty() ? "password" : ", password";
    return out;
}

const char* to_string(TlsMode mode) {
    return mode == TlsMode::none ? "none" : mode == TlsMode::stls ? "stls" : "implicit";
}
const char* to_string(Purpose purpose) { return purpose == Purpose::maildrop ? "maildrop" : "replies"; }
const char* to_string(State state) {
    switch (state) {
        case State::fresh:
            return "new";
        case State::ok:
            return "ok";
        case State::failing:
            return "failing";
        case State::paused:
            return "paused";
        case State::disabled:
            return "disabled";
    }
    return "new";
}

Result<TlsMode> parse_tls_mode(std::string_view text) {
    for (const TlsMode mode : {TlsMode::none, TlsMode::stls, TlsMode::implicit})
        if (iequals(text, to_string(mode))) return mode;
    return invalid("the TLS mode must be none, stls or implicit");
}

Result<Purpose> parse_purpose(std::string_view text) {
    for (const Purpose purpose : {Purpose::maildrop, Purpose::replies})
        if (iequals(text, to_string(purpose))) return purpose;
    return invalid("the purpose must be maildrop or replies");
}

}  // namespace restante::fetch
