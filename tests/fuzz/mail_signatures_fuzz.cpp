// Messages with signatures of anybody's making: DKIM, ARC and Authentication-Results fields are judged to an end, and
// how the body is cut makes no difference.
#include <cstdint>
#include <cstdlib>

#include "mailauth/verification.hpp"

using namespace restante;

namespace {

std::string judged(std::string_view message, std::size_t piece, const mailauth::PublicSuffixes& suffixes) {
    mailauth::Circumstances circumstances;
    circumstances.client = *net::Address::parse_ip("192.0.2.1");
    circumstances.helo = "mx.example.org";
    mailauth::Verification verification(std::string(message), circumstances, suffixes, {});
    const std::string_view body = message.substr(verification.header().body_offset());
    for (std::size_t at = 0; at < body.size(); at += piece) verification.feed(body.substr(at, piece));
    verification.end_of_body();
    for (int rounds = 0; !verification.judge(); ++rounds) {
        if (rounds > 300) std::abort();
        for (const net::DnsQuestion& question : verification.answers().take_missing()) {
            net::DnsAnswer answer;
            answer.status = net::DnsAnswer::Status::ok;
            answer.texts = {"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="};
            verification.answers().put(question, std::move(answer));
        }
    }
    if (mailauth::forged_results(verification.header(), "ours.test").size() > message.size()) std::abort();
    return mailauth::results_field("ours.test", verification.report());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const mailauth::PublicSuffixes suffixes(std::string("org\ntest\n"));
    const std::string_view message(reinterpret_cast<const char*>(data), size);
    const std::string whole = judged(message, 1 << 16, suffixes);
    if (whole != judged(message, 3, suffixes)) std::abort();
    // One field, folded, without anything that a peer could have slipped in.
    for (std::size_t at = 0; (at = whole.find('\n', at)) != std::string::npos; ++at)
        if (at + 1 < whole.size() && whole[at + 1] != '\t') std::abort();
    return 0;
}
