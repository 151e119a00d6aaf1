// Records that say where TLS reports go, one a line: whatever stands there, what comes out can be sent to.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text.hpp"
#include "message/envelope.hpp"
#include "relay/tls_record.hpp"

using namespace restante;

namespace {
bool is_visible(const std::string& text) {
    for (const char c : text)
        if (c <= 0x20 || c >= 0x7f) return false;
    return true;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::string> texts;
    for (const std::string_view text : split({reinterpret_cast<const char*>(data), size}, '\n'))
        texts.emplace_back(text);
    for (const relay::ReportTarget& target : relay::tls_report_targets(texts)) {
        if (!is_visible(target.address + target.host + target.target)) std::abort();  // they go into header fields
        const bool mail = target.kind == relay::ReportTarget::Kind::mail;
        if (mail && !message::Address::parse(target.address)) std::abort();
        if (!mail && (target.host.empty() || target.port == 0 || !target.target.starts_with('/'))) std::abort();
    }
    return 0;
}
