#pragma once
// Reads what a name server sends.
#include "net/dns.hpp"

namespace restante::net {

/// `reply`: one message as RFC 1035 4.1 has it, any bytes. What it says about records of that type, whoever owns them:
/// a resolver that follows aliases puts their targets' records into the answer. Nonsense is servfail. `believed`: the
/// resolver's word on DNSSEC counts.
DnsAnswer parse_dns_reply(DnsQuestion::Type type, std::string_view reply, bool believed);

/// The number of a type in messages (IANA DNS Parameters).
int wire_type(DnsQuestion::Type type);

}  // namespace restante::net
