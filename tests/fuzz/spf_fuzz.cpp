// SPF records of anybody's making: any text ends in a result, asks a bounded number of questions, and asks no name that
// is longer than a name can be.
#include <cstdint>
#include <cstdlib>

#include "mailauth/spf.hpp"

using namespace restante;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string record(reinterpret_cast<const char*>(data), size);
    mailauth::SpfQuery query;
    query.client = *net::Address::parse_ip("192.0.2.1");
    query.helo = "mx.example.org";
    query.local_part = "a.b-c";
    query.domain = "example.org";
    mailauth::Answers answers;
    for (int rounds = 0; !mailauth::check_spf(query, answers); ++rounds) {
        if (rounds > 200) std::abort();
        const auto missing = answers.take_missing();
        if (missing.empty()) std::abort();
        for (const net::DnsQuestion& question : missing) {
            // The same record everywhere, so that it includes and redirects to itself.
            net::DnsAnswer answer;
            answer.status = net::DnsAnswer::Status::ok;
            if (question.type == net::DnsQuestion::Type::txt) answer.texts = {record};
            if (question.type == net::DnsQuestion::Type::mx) answer.exchangers = {{1, "a.test"}, {2, "b.test"}};
            if (question.type == net::DnsQuestion::Type::ptr) answer.names = {"p.test", "q.test"};
            if (question.type == net::DnsQuestion::Type::a && question.name.size() % 2 == 0)
                answer.addresses = {*net::Address::parse_ip("192.0.2.2")};
            answers.put(question, std::move(answer));
        }
    }
    return 0;
}
