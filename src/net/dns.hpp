#pragma once
// Questions to the domain name system and their answers: plain values, without I/O.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/address.hpp"

namespace restante::net {

struct DnsQuestion {
    enum class Type : std::uint8_t { a, aaaa, mx, txt, ptr, tlsa };
    Type type = Type::a;
    std::string name;  // A-labels (RFC 5890), with or without the final dot, any case

    bool operator==(const DnsQuestion&) const = default;
};

/// "A", "TLSA", as in a zone file.
const char* to_string(DnsQuestion::Type type);

struct MailExchanger {
    std::uint16_t preference = 0;
    std::string host;  // empty: the root, which says that there is no mail (RFC 7505)
    bool operator==(const MailExchanger&) const = default;
};

struct TlsaRecord {  // RFC 6698 2.1
    std::uint8_t usage = 0, selector = 0, matching = 0;
    std::string data;  // bytes
    bool operator==(const TlsaRecord&) const = default;
};

/// Aliases (CNAME) have been followed. Names are in lower case and without the final dot. Records stand in the order
/// in which they came; of the lists only the one of the question's type is filled.
struct DnsAnswer {
    enum class Status : std::uint8_t {
        ok,        // there are records
        nodata,    // the name exists, records of this type do not
        nxdomain,  // the name does not exist, or is none that can be asked for (an empty or over-long label)
        servfail,  // not known now: SERVFAIL (also for a forged DNSSEC answer), REFUSED, no answer in time, nonsense
    };
    Status status = Status::servfail;
    bool authenticated = false;   // the resolver vouches by DNSSEC (AD, RFC 4035 3.2.3) and is one that may be believed
    std::chrono::seconds ttl{0};  // the least of the records; 0 where it is not known
    std::string detail;           // of servfail: what happened, for the log
    std::vector<Address> addresses;         // a, aaaa
    std::vector<MailExchanger> exchangers;  // mx
    std::vector<std::string> texts;         // txt: the strings of a record joined (RFC 7208 3.3), any bytes
    std::vector<std::string> names;         // ptr
    std::vector<TlsaRecord> tlsa;           // tlsa
};

/// "1.2.0.192.in-addr.arpa", or the nibbles under ip6.arpa; empty for what is no IP address.
std::string reverse_name(const Address& address);

/// Without the final dot, in lower case.
std::string canonical_name(std::string_view name);

}  // namespace restante::net
