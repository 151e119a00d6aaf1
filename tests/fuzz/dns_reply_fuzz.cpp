// Replies of name servers: any bytes give an answer of which everything is what it says.
#include <cstdlib>

#include "net/dns_reply.hpp"

using restante::net::DnsAnswer;
using restante::net::DnsQuestion;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto type = static_cast<DnsQuestion::Type>(data[0] % 6);
    const std::string_view reply(reinterpret_cast<const char*>(data) + 1, size - 1);
    const DnsAnswer answer = restante::net::parse_dns_reply(type, reply, false);
    const std::size_t records = answer.addresses.size() + answer.exchangers.size() + answer.texts.size() +
                                answer.names.size() + answer.tlsa.size();
    if ((answer.status == DnsAnswer::Status::ok) != (records > 0) || answer.authenticated) std::abort();
    return 0;
}
