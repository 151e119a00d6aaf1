#include "moving/uid_lists.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "base/text.hpp"

namespace restante::moving {
namespace {

std::string_view next_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::optional<std::uint32_t> number_32(std::string_view text) {
    const auto value = parse_u64(text);
    if (!value || *value > UINT32_MAX) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
}

// "<uid> <key><value> ... :<file>" (version 3) or "<uid> <file>" (version 1)
bool take_dovecot_line(std::string_view line, bool with_keys, UidList& out) {
    const std::size_t space = line.find(' ');
    const auto uid = number_32(line.substr(0, space));
    if (!uid || *uid == 0 || space == std::string_view::npos) return false;
    UidEntry entry;
    entry.uid = *uid;
    std::string_view rest = line.substr(space + 1);
    while (with_keys && !rest.starts_with(':')) {
        const std::size_t end = rest.find(' ');
        if (rest.empty() || end == std::string_view::npos) return false;
        const std::string_view value = rest.substr(1, end == 0 ? 0 : end - 1);
        if (rest.front() == 'P') entry.uidl = std::string(value);
        if (rest.front() == 'G') entry.guid = std::string(value);
        if (rest.front() == 'O') entry.order = parse_u64(value).value_or(0);
        rest.remove_prefix(end + 1);
    }
    if (with_keys) rest.remove_prefix(1);
    const std::string_view name = base_name(rest);
    if (name.empty()) return false;
    out.files.insert_or_assign(std::string(name), std::move(entry));
    return true;
}

std::string courier_uidl(std::uint64_t uid, std::uint64_t validity) {
    return validity == 0 ? fmt::format("UID{}", uid) : fmt::format("UID{}-{}", uid, validity);
}

// "<file> <octets> <uid>:<validity>:<utf8>" (version 3), "... <uid>:<validity>" (2), "... <uid>" (1), "<file> <octets>" (0)
bool take_courier_line(std::string_view line, unsigned version, std::uint64_t validity, UidList& out) {
    const std::size_t last = line.rfind(' ');
    if (last == std::string_view::npos || last == 0) return false;
    std::string_view file = line.substr(0, last);
    UidEntry entry;
    if (version > 0) {
        const std::size_t before = file.rfind(' ');
        if (before == std::string_view::npos || before == 0) return false;
        file = file.substr(0, before);
        const auto numbers = split(line.substr(last + 1), ':');
        const auto uid = parse_u64(numbers[0]);
        const auto own = numbers.size() > 1 ? parse_u64(numbers[1]) : std::optional(validity);
        if (!uid || !own) return false;
        entry.order = *uid;
        if (*uid != 0) entry.uidl = courier_uidl(*uid, *own);
    }
    const std::string name(base_name(file.substr(file.rfind('/') == std::string_view::npos ? 0 : file.rfind('/') + 1)));
    if (name.empty()) return false;
    if (entry.uidl.empty()) entry.uidl = courier_name_uidl(name);
    entry.order = 0;  // Courier lists by the time in the file's name, as one without a list would be
    out.files.insert_or_assign(name, std::move(entry));
    return true;
}

}  // namespace

std::string_view base_name(std::string_view file_name) { return file_name.substr(0, file_name.find(':')); }

Result<UidList> parse_dovecot_uidlist(std::string_view text) {
    UidList out;
    const auto head = split(next_line(text), ' ');
    const bool third = head[0] == "3";
    if (!third && head[0] != "1")
        return fail(ErrorKind::unsupported, "dovecot-uidlist of version \"" + escape_for_log(head[0], 20) + "\"; 1 and 3 are known");
    for (std::size_t i = 1; i < head.size(); ++i) {
        if (third && !head[i].starts_with('V')) continue;
        out.uid_validity = number_32(head[i].substr(third ? 1 : 0)).value_or(0);
        break;
    }
    if (out.uid_validity == 0) return fail(ErrorKind::corrupt, "dovecot-uidlist does not begin with a UIDVALIDITY");
    while (!text.empty()) {
        const std::string_view line = next_line(text);
        if (!line.empty() && !take_dovecot_line(line, third, out)) ++out.faults;
    }
    return out;
}

Result<UidList> parse_courier_sizelist(std::string_view text) {
    UidList out;
    unsigned version = 0;
    std::uint64_t validity = 0;
    if (text.starts_with('/')) {
        const auto head = split(next_line(text), ' ');
        version = number_32(head[0].substr(1)).value_or(99);
        if (version == 0 || version > 3)
            return fail(ErrorKind::unsupported, "courierpop3dsizelist of version \"" + escape_for_log(head[0], 20) + "\"; up to 3 is known");
        if (head.size() > 2) validity = parse_u64(head[2]).value_or(0);
    }
    while (!text.empty()) {
        const std::string_view line = next_line(text);
        if (!line.empty() && !take_courier_line(line, version, validity, out)) ++out.faults;
    }
    return out;
}

std::string courier_name_uidl(std::string_view name) {
    std::string out;
    for (const char c : name) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet < 0x21 || octet > 0x7E || c == '\'' || c == '"' || c == '+')
            out += fmt::format("+{:02X}", octet);
        else
            out += c;
    }
    return out;
}

}  // namespace restante::moving
