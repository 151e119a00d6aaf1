#include "relay/tls_record.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "message/envelope.hpp"

namespace restante::relay {
namespace {
constexpr std::string_view kVersion = "v=TLSRPTv1";
constexpr std::size_t kMostTargets = 10;
constexpr std::size_t kMostOctets = 1'000;  // of one URI

bool is_visible(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char low = ascii_lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/// RFC 3986 2.1. nullopt: a '%' without two digits.
std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

/// RFC 6068: one address; header fields behind '?' are not taken from strangers.
std::optional<ReportTarget> mail_target(std::string_view uri, std::string_view rest) {
    const auto text = percent_decoded(rest.substr(0, rest.find('?')));
    if (!text || !is_visible(*text)) return std::nullopt;
    const auto address = message::Address::parse(*text);
    if (!address) return std::nullopt;
    ReportTarget out;
    out.uri = uri;
    out.address = address->to_string();
    return out;
}

std::optional<ReportTarget> https_target(std::string_view uri, std::string_view rest) {
    ReportTarget out;
    out.kind = ReportTarget::Kind::https;
    out.uri = uri;
    rest = rest.substr(0, rest.find('#'));
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    std::string_view authority = rest.substr(0, end);
    out.target = rest.substr(end);
    if (!out.target.starts_with('/')) out.target.insert(0, "/");
    if (const std::size_t colon = authority.find(':'); colon != std::string_view::npos) {
        const auto port = parse_u64(authority.substr(colon + 1));
        if (!port || *port == 0 || *port > 65'535) return std::nullopt;
        out.port = static_cast<std::uint16_t>(*port);
        authority = authority.substr(0, colon);
    }
    out.host = to_lower(authority);
    if (!message::is_domain_name(out.host)) return std::nullopt;
    return out;
}

std::optional<ReportTarget> target_of(std::string_view uri) {
    if (uri.size() > kMostOctets || !is_visible(uri)) return std::nullopt;
    if (istarts_with(uri, "mailto:")) return mail_target(uri, uri.substr(7));
    if (istarts_with(uri, "https://")) return https_target(uri, uri.substr(8));
    return std::nullopt;
}
}  // namespace

std::vector<ReportTarget> tls_report_targets(const std::vector<std::string>& texts) {
    const std::string* record = nullptr;
    for (const std::string& text : texts) {
        if (trim(split(text, ';')[0]) != kVersion) continue;
        if (record != nullptr) return {};
        record = &text;
    }
    std::vector<ReportTarget> out;
    if (record == nullptr) return out;
    for (const std::string_view raw : split(*record, ';')) {
        const std::string_view field = trim(raw);
        if (!field.starts_with("rua=")) continue;
        for (const std::string_view uri : split(field.substr(4), ',')) {
            auto target = target_of(trim(uri));
            const auto same = [&](const ReportTarget& one) { return one.uri == target->uri; };
            if (target && out.size() < kMostTargets && std::none_of(out.begin(), out.end(), same))
                out.push_back(std::move(*target));
        }
    }
    return out;
}

}  // namespace restante::relay
