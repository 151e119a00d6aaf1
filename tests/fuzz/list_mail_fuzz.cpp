// What lists read of mail: the fields they replace, and bounces.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mda/bounce_report.hpp"
#include "mda/list_post.hpp"

using namespace restante;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    std::size_t last = 0;
    for (const auto& [begin, end] : mda::replaced_fields(bytes)) {
        if (begin < last || end <= begin || end > size) std::abort();
        last = end;
    }
    const auto failed = mda::failed_recipients(bytes, message::parse(bytes));
    for (const mda::FailedRecipient& one : failed.value_or(std::vector<mda::FailedRecipient>{}))
        if (one.address.empty() || one.diagnostic.find('\n') != std::string::npos) std::abort();
    return 0;
}
