// The configuration parser: any text ends in a config or in errors, and every value that was taken can be written back.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config.hpp"
#include "config_table.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto outcome = restante::parse_config({reinterpret_cast<const char*>(data), size}, "fuzz");
    if (!outcome.errors.empty()) return 0;
    for (const auto& section : restante::config_sections())
        for (const auto& key : section.keys) {
            const std::string written = restante::write_config_value(key, key.get(outcome.config));
            if (key.kind == restante::ConfigKind::duration &&
                !restante::parse_duration(std::string_view(written).substr(1, written.size() - 2)))
                std::abort();
        }
    return 0;
}
