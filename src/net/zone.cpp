#include "net/zone.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/text.hpp"

namespace restante::net {
namespace {

constexpr int kAliases = 8;  // of one look-up

/// The next word, taken off the front of rest.
std::string_view word(std::string_view& rest) {
    rest = trim(rest);
    const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    const std::string_view found = rest.substr(0, end);
    rest = trim(rest.substr(end));
    return found;
}

std::uint16_t number(std::string_view text) {
    const auto value = parse_u64(text);
    if (!value || *value > 65'535) throw std::invalid_argument("not a number: " + std::string(text));
    return static_cast<std::uint16_t>(*value);
}

std::string bytes_of_hex(std::string_view hex) {
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return out;
}

TlsaRecord tlsa(std::string_view data) {
    TlsaRecord out;
    out.usage = static_cast<std::uint8_t>(number(word(data)));
    out.selector = static_cast<std::uint8_t>(number(word(data)));
    out.matching = static_cast<std::uint8_t>(number(word(data)));
    out.data = bytes_of_hex(data);
    return out;
}

bool can_be_asked(std::string_view name) {
    if (name.empty() || name.size() > 253) return false;
    return std::ranges::all_of(split(name, '.'), [](auto label) { return !label.empty() && label.size() <= 63; });
}

void take_if(bool wanted, auto& list) {
    if (!wanted) list.clear();
}

/// Only the records of one type.
void keep_only(DnsAnswer& answer, DnsQuestion::Type type) {
    using Type = DnsQuestion::Type;
    std::erase_if(answer.addresses, [type](const Address& a) {
        return type != (a.family() == Address::Family::ipv4 ? Type::a : Type::aaaa);
    });
    take_if(type == Type::mx, answer.exchangers);
    take_if(type == Type::txt, answer.texts);
    take_if(type == Type::ptr, answer.names);
    take_if(type == Type::tlsa, answer.tlsa);
    const bool any = !(answer.addresses.empty() && answer.exchangers.empty() && answer.texts.empty() &&
                       answer.names.empty() && answer.tlsa.empty());
    answer.status = any ? DnsAnswer::Status::ok : DnsAnswer::Status::nodata;
}

}  // namespace

Zone::Zone(std::string_view text) {
    for (const std::string_view line : split(text, '\n')) {
        const std::string_view wanted = trim(line);
        if (wanted.empty() || wanted.front() == '#') continue;
        try {
            add(wanted);
        } catch (const std::invalid_argument& e) {
            throw std::invalid_argument(std::string(wanted) + ": " + e.what());
        }
    }
}

void Zone::add(std::string_view line) {
    const std::string name = canonical_name(word(line));
    const std::string_view type = word(line);
    Node& node = nodes_[name];
    if (type == "CNAME")
        node.alias = canonical_name(line);
    else if (type == "SERVFAIL")
        node.failing.emplace_back(line);
    else if (type == "SECURE")
        node.secure = true;
    else
        add_record(node, type, line);
}

void Zone::add_record(Node& node, std::string_view type, std::string_view data) {
    DnsAnswer& records = node.records;
    if (type == "A" || type == "AAAA") {
        const auto address = Address::parse_ip(data);
        if (!address) throw std::invalid_argument("no address");
        records.addresses.push_back(*address);
    } else if (type == "MX") {
        const std::uint16_t preference = number(word(data));
        records.exchangers.push_back({preference, canonical_name(data)});
    } else if (type == "TXT") {
        records.texts.emplace_back(data);
    } else if (type == "PTR") {
        records.names.push_back(canonical_name(data));
    } else if (type == "TLSA") {
        records.tlsa.push_back(tlsa(data));
    } else {
        throw std::invalid_argument("unknown type");
    }
}

DnsAnswer Zone::answer(const DnsQuestion& question) const {
    DnsAnswer out;
    std::string name = canonical_name(question.name);
    bool secure = true;
    for (int i = 0; i < kAliases; ++i) {
        const Node* node = can_be_asked(name) ? find(name) : nullptr;
        if (node == nullptr) {
            out.status = is_parent(name) ? DnsAnswer::Status::nodata : DnsAnswer::Status::nxdomain;
            return out;
        }
        secure = secure && node->secure;
        for (const std::string& type : node->failing)
            if (type.empty() || type == to_string(question.type)) {
                out.detail = "SERVFAIL";
                return out;
            }
        if (node->alias.empty()) {
            out = node->records;
            out.authenticated = secure;
            keep_only(out, question.type);
            return out;
        }
        name = node->alias;
    }
    out.detail = "too many aliases";
    return out;
}

const Zone::Node* Zone::find(const std::string& name) const {
    const auto found = nodes_.find(name);
    return found == nodes_.end() ? nullptr : &found->second;
}

bool Zone::is_parent(const std::string& name) const {
    return std::ranges::any_of(nodes_, [&](const auto& entry) { return entry.first.ends_with("." + name); });
}

}  // namespace restante::net
