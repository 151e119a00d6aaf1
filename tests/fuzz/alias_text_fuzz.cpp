// A domain's aliases as text: any text ends in aliases and faults, and what was read can be written and read back.
#include <cstdint>
#include <cstdlib>

#include "directory/directory.hpp"

using namespace restante::directory;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const AliasText read = parse_alias_text({reinterpret_cast<const char*>(data), size}, "example.org");
    std::vector<Alias> aliases;
    for (const AliasLines& one : read.aliases) {
        if (one.destinations.empty() || one.destinations.size() != one.lines.size()) std::abort();
        aliases.push_back({0, 0, one.address, one.destinations, ""});
    }
    const AliasText again = parse_alias_text(write_alias_text(aliases), "example.org");
    if (!again.faults.empty() || again.aliases.size() != aliases.size()) std::abort();
    return 0;
}
