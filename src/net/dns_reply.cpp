#include "net/dns_reply.hpp"

#include <ares.h>

#include <algorithm>
#include <optional>

namespace restante::net {
namespace {
constexpr std::size_t kHeader = 12, kQuestionTail = 4, kRecordHead = 10;
constexpr std::size_t kMostRecords = 200;  // of one answer; more says nothing that mail needs

/// Goes through the bytes of a message; every step says whether it stayed inside.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::uint32_t number(std::size_t at, std::size_t octets) const {
        std::uint32_t out = 0;
        for (std::size_t i = 0; i < octets; ++i) out = out << 8 | static_cast<unsigned char>(bytes_[at + i]);
        return out;
    }
    bool has(std::size_t at, std::size_t octets) const { return at <= bytes_.size() && octets <= bytes_.size() - at; }
    std::string_view part(std::size_t at, std::size_t octets) const { return bytes_.substr(at, octets); }

    /// The name at `at`, which moves behind it. Compression (RFC 1035 4.1.4) is c-ares's to judge.
    std::optional<std::string> name(std::size_t& at) const {
        if (!has(at, 1)) return std::nullopt;
        const auto* begin = reinterpret_cast<const unsigned char*>(bytes_.data());
        char* text = nullptr;
        long octets = 0;
        if (ares_expand_name(begin + at, begin, static_cast<int>(bytes_.size()), &text, &octets) != ARES_SUCCESS)
            return std::nullopt;
        std::string out = canonical_name(text);
        ares_free_string(text);
        at += static_cast<std::size_t>(octets);
        return out;
    }

private:
    std::string_view bytes_;
};

bool read_texts(std::string_view data, DnsAnswer& out) {
    std::string text;
    while (!data.empty()) {
        const std::size_t length = static_cast<unsigned char>(data[0]);
        if (length + 1 > data.size()) return false;
        text += data.substr(1, length);
        data.remove_prefix(length + 1);
    }
    out.texts.push_back(std::move(text));
    return true;
}

/// One record's data, `octets` long at `at`. False if it is malformed.
bool read_data(DnsQuestion::Type type, const Reader& reader, std::size_t at, std::size_t octets, DnsAnswer& out) {
    switch (type) {
        case DnsQuestion::Type::a:
        case DnsQuestion::Type::aaaa:
            if (octets != (type == DnsQuestion::Type::a ? 4U : 16U)) return false;
            out.addresses.push_back(Address::from_ip_bytes(reader.part(at, octets)));
            return true;
        case DnsQuestion::Type::mx: {
            if (octets < 3) return false;
            std::size_t place = at + 2;
            auto host = reader.name(place);
            if (!host) return false;
            out.exchangers.push_back({static_cast<std::uint16_t>(reader.number(at, 2)), std::move(*host)});
            return true;
        }
        case DnsQuestion::Type::txt:
            return read_texts(reader.part(at, octets), out);
        case DnsQuestion::Type::ptr: {
            auto name = reader.name(at);
            if (name) out.names.push_back(std::move(*name));
            return name.has_value();
        }
        case DnsQuestion::Type::tlsa: {
            if (octets < 4) return false;
            const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(reader.number(at + i, 1)); };
            out.tlsa.push_back({octet(0), octet(1), octet(2), std::string(reader.part(at + 3, octets - 3))});
            return true;
        }
    }
    return false;
}

/// False if the message is malformed.
bool read_records(DnsQuestion::Type type, const Reader& reader, DnsAnswer& out) {
    std::size_t at = kHeader;
    for (std::uint32_t left = reader.number(4, 2); left > 0; --left) {
        if (!reader.name(at)) return false;
        at += kQuestionTail;
    }
    std::optional<std::uint32_t> ttl;
    std::size_t found = 0;
    for (std::uint32_t left = reader.number(6, 2); left > 0 && found < kMostRecords; --left) {
        if (!reader.name(at) || !reader.has(at, kRecordHead)) return false;
        const std::size_t octets = reader.number(at + 8, 2);
        if (!reader.has(at + kRecordHead, octets)) return false;
        ttl = std::min(ttl.value_or(UINT32_MAX), reader.number(at + 4, 4));
        if (static_cast<int>(reader.number(at, 2)) == wire_type(type) && reader.number(at + 2, 2) == 1) {
            if (!read_data(type, reader, at + kRecordHead, octets, out)) return false;
            ++found;
        }
        at += kRecordHead + octets;
    }
    out.ttl = std::chrono::seconds(ttl.value_or(0));
    out.status = found > 0 ? DnsAnswer::Status::ok : DnsAnswer::Status::nodata;
    return true;
}

}  // namespace

int wire_type(DnsQuestion::Type type) {
    switch (type) {
        case DnsQuestion::Type::a:
            return 1;
        case DnsQuestion::Type::ptr:
            return 12;
        case DnsQuestion::Type::mx:
            return 15;
        case DnsQuestion::Type::txt:
            return 16;
        case DnsQuestion::Type::aaaa:
            return 28;
        case DnsQuestion::Type::tlsa:
            return 52;
    }
    return 0;
}

DnsAnswer parse_dns_reply(DnsQuestion::Type type, std::string_view reply, bool believed) {
    const Reader reader(reply);
    DnsAnswer out;
    if (reply.size() < kHeader) {
        out.detail = "the reply is too short";
        return out;
    }
    constexpr std::uint32_t kNoError = 0, kNxDomain = 3, kAuthenticData = 0x20;
    const std::uint32_t code = reader.number(3, 1) & 15U;
    if (code == kNxDomain) {
        out.status = DnsAnswer::Status::nxdomain;
    } else if (code != kNoError) {
        out.detail = "the resolver answers with code " + std::to_string(code);
        return out;
    } else if (!read_records(type, reader, out)) {
        DnsAnswer malformed;
        malformed.detail = "the reply is malformed";
        return malformed;
    }
    out.authenticated = believed && (reader.number(3, 1) & kAuthenticData) != 0;
    return out;
}

}  // namespace restante::net
