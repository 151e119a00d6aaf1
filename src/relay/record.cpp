#include "relay/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace restante::relay {
namespace {
constexpr std::string_view kMagic = "restante-queue1 ";
constexpr std::size_t kLengthDigits = 8;
static_assert(kMagic.size() + kLengthDigits == kFooterOctets);

/// A line of its own, whatever the value holds: what came by SMTP holds no control characters.
void add(std::string& out, std::string_view key, std::string_view value) {
    (out += key) += ' ';
    for (const char c : value) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
    out += '\n';
}

std::string path_text(const std::optional<message::Address>& path) { return path ? path->to_string() : ""; }

tl::unexpected<Error> corrupt() { return fail(ErrorKind::corrupt, "the envelope of a queued message is damaged"); }

std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return out;
}

/// False if the line makes no sense.
bool read_line(std::string_view key, std::string_view value, QueueRecord& out) {
    message::Envelope& envelope = out.envelope;
    if (key == "to" || (key == "from" && !value.empty())) {
        auto address = message::Address::parse(value);
        if (!address) return false;
        if (key == "from")
            envelope.reverse_path = std::move(*address);
        else
            envelope.recipients.push_back({std::move(*address)});
        return true;
    }
    if (key == "from") return true;
    if (key == "envid") {
        envelope.envid = value;
        return true;
    }
    if (key == "orcpt" && !envelope.recipients.empty()) {
        envelope.recipients.back().orcpt = original_recipient(value);
        return true;
    }
    const auto number = number_of(value);
    if (!number) return false;
    if (key == "queued")
        out.queued_at = from_micros(*number);
    else if (key == "notify" && !envelope.recipients.empty())
        envelope.recipients.back().notify = notify_of(*number);
    else if (key == "ret")
        envelope.ret = static_cast<message::Ret>(std::clamp<std::int64_t>(*number, 0, 2));
    else if (key == "body")
        envelope.body = static_cast<message::Body>(std::clamp<std::int64_t>(*number, 0, 3));
    else if (key == "smtputf8")
        envelope.smtputf8 = *number != 0;
    else if (key == "requiretls")
        envelope.require_tls = *number != 0;
    else
        return false;
    return true;
}
}  // namespace

std::string to_text(const std::optional<message::OriginalRecipient>& orcpt) {
    return orcpt ? orcpt->type + ";" + orcpt->address : "";
}

std::optional<message::OriginalRecipient> original_recipient(std::string_view text) {
    const std::size_t end = text.find(';');
    if (end == std::string_view::npos) return std::nullopt;
    return message::OriginalRecipient{std::string(text.substr(0, end)), std::string(text.substr(end + 1))};
}

std::int64_t to_number(const message::Notify& notify) {
    return (notify.never ? 1 : 0) | (notify.success ? 2 : 0) | (notify.failure ? 4 : 0) | (notify.delay ? 8 : 0);
}

message::Notify notify_of(std::int64_t number) {
    return {(number & 1) != 0, (number & 2) != 0, (number & 4) != 0, (number & 8) != 0};
}

std::string encode_record(const QueueRecord& record) {
    const message::Envelope& envelope = record.envelope;
    std::string out;
    add(out, "queued", std::to_string(to_micros(record.queued_at)));
    add(out, "from", path_text(envelope.reverse_path));
    if (!envelope.envid.empty()) add(out, "envid", envelope.envid);
    if (envelope.ret != message::Ret::unspecified) add(out, "ret", std::to_string(static_cast<int>(envelope.ret)));
    if (envelope.body != message::Body::unspecified) add(out, "body", std::to_string(static_cast<int>(envelope.body)));
    if (envelope.smtputf8) add(out, "smtputf8", "1");
    if (envelope.require_tls) add(out, "requiretls", "1");
    for (const message::Recipient& recipient : envelope.recipients) {
        add(out, "to", recipient.address.to_string());
        if (recipient.notify.given()) add(out, "notify", std::to_string(to_number(recipient.notify)));
        if (recipient.orcpt) add(out, "orcpt", to_text(recipient.orcpt));
    }
    return out + fmt::format("{}{:08x}", kMagic, out.size() + kFooterOctets);
}

Result<std::uint64_t> record_octets(std::string_view footer, std::uint64_t total) {
    if (footer.size() != kFooterOctets || !footer.starts_with(kMagic)) return corrupt();
    std::uint64_t octets = 0;
    const auto [end, error] = std::from_chars(footer.data() + kMagic.size(), footer.data() + footer.size(), octets, 16);
    const bool whole = error == std::errc() && end == footer.data() + footer.size();
    if (!whole || octets < kFooterOctets || octets > total) return corrupt();
    return octets;
}

Result<QueueRecord> decode_record(std::string_view record) {
    if (record.size() < kFooterOctets) return corrupt();
    const auto octets = record_octets(record.substr(record.size() - kFooterOctets), record.size());
    if (!octets || *octets != record.size()) return corrupt();
    record.remove_suffix(kFooterOctets);
    QueueRecord out;
    while (!record.empty()) {
        const std::size_t end = record.find('\n');
        const std::size_t blank = record.find(' ');
        if (end == std::string_view::npos || blank > end) return corrupt();
        if (!read_line(record.substr(0, blank), record.substr(blank + 1, end - blank - 1), out)) return corrupt();
        record.remove_prefix(end + 1);
    }
    if (out.envelope.recipients.empty()) return corrupt();
    return out;
}

}  // namespace restante::relay
