#include "mailauth/results.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "message/envelope.hpp"

namespace restante::mailauth {
namespace {

constexpr std::size_t kReason = 120;  // octets

/// What peers and zones choose must not end a comment, a string or the line.
std::string harmless(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, kReason))
        out += c < 0x20 || c > 0x7e || std::string_view("\"\\();").find(c) != std::string_view::npos ? '?' : c;
    return out;
}

bool is_plain(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return c > 0x20 && c < 0x7f && std::string_view("\"\\();,:<>[]").find(c) == std::string_view::npos;
    });
}

void property(std::string& out, std::string_view name, std::string_view value) {
    if (is_plain(value)) out.append(" ").append(name).append("=").append(value);
}

void method(std::string& out, std::string_view name, std::string_view result, std::string_view reason) {
    out.append(";\r\n\t").append(name).append("=").append(result);
    if (!reason.empty()) out.append(" reason=\"").append(harmless(reason)).append("\"");
}

void append_spf(std::string& out, const Report& report) {
    method(out, "spf", to_string(report.spf.result), report.spf.problem);
    property(out, report.spf_of_helo ? "smtp.helo" : "smtp.mailfrom", report.spf_sender);
}

void append_dkim(std::string& out, const DkimVerdict& verdict) {
    const DkimSignature& signature = verdict.signature;
    method(out, "dkim", to_string(verdict.result), verdict.problem);
    property(out, "header.d", signature.domain);
    property(out, "header.i", signature.identity);
    property(out, "header.s", signature.selector);
    if (!signature.domain.empty()) property(out, "header.a", signature.algorithm());
    // Tells signatures of one domain apart (RFC 6008).
    property(out, "header.b", base64_encode(signature.signature).substr(0, 8));
}

/// Skips blanks and comments. False for a comment that does not end.
bool skip_comments(std::string_view& text) {
    std::size_t depth = 0;
    while (!text.empty()) {
        const char c = text.front();
        if (c == '\\' && depth > 0 && text.size() > 1) text.remove_prefix(1);
        if (c == '(') ++depth;
        const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (depth == 0 && !blank) return true;
        if (c == ')' && depth > 0) --depth;
        text.remove_prefix(1);
    }
    return depth == 0;
}

std::string take_quoted(std::string_view& text) {
    std::string out;
    for (text.remove_prefix(1); !text.empty(); text.remove_prefix(1)) {
        if (text.front() == '"') {
            text.remove_prefix(1);
            return out;
        }
        if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
        out += text.front();
    }
    return {};
}

std::string take_token(std::string_view& text) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n();/=\""), text.size());
    std::string out(text.substr(0, end));
    text.remove_prefix(end);
    return out;
}

}  // namespace

std::string results_field(std::string_view authserv_id, const Report& report) {
    std::string out = "Authentication-Results: ";
    out += authserv_id;
    append_spf(out, report);
    if (report.dkim.empty()) method(out, "dkim", "none", "");
    for (const DkimVerdict& verdict : report.dkim) append_dkim(out, verdict);
    if (report.arc.result != ArcResult::none) method(out, "arc", to_string(report.arc.result), report.arc.problem);
    method(out, "dmarc", to_string(report.dmarc.result), report.dmarc.problem);
    property(out, "header.from", report.dmarc.domain);
    if (report.dmarc.result == DmarcVerdict::Result::fail)
        out.append(" (p=").append(to_string(report.dmarc.published)).append(")");
    return out + "\r\n";
}

std::string authserv_id_of(std::string_view value) {
    if (!skip_comments(value) || value.empty()) return {};
    std::string id = value.front() == '"' ? take_quoted(value) : take_token(value);
    if (!skip_comments(value)) return {};
    if (value.empty() || value.front() == ';') return id;
    const std::string_view version = value;
    const std::string number = take_token(value);  // "1" may stand before the results
    if (number != "1" || version == value || !skip_comments(value)) return {};
    return value.empty() || value.front() == ';' ? id : std::string();
}

std::vector<const RawField*> forged_results(const HeaderFields& header, std::string_view authserv_id) {
    std::vector<const RawField*> out = header.named("Authentication-Results");
    std::erase_if(out, [&](const RawField* field) {
        const std::string id = authserv_id_of(field->value());
        return !id.empty() && !iequals(id, authserv_id);
    });
    return out;
}

}  // namespace restante::mailauth
