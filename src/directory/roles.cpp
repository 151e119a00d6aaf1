#include "directory/roles.hpp"

#include <algorithm>

#include "directory/routing.hpp"
#include "directory/schema.hpp"

namespace restante::directory {

Result<std::vector<std::string>> domains_without_postmaster(db::Session& session, const Options& options) {
    Index index;
    std::uint64_t versions = 0;
    if (auto loaded = load(session, index, versions); !loaded) return fail(std::move(loaded.error()));
    const Routing routing(index, options);
    std::vector<std::string> out;
    for (const auto& [name, domain] : index.domains)
        if (!routing.route({"postmaster", name})) out.push_back(name);
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace restante::directory
