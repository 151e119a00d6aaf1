#include "first_start.hpp"

#include "base/random.hpp"
#include "base/text.hpp"

namespace restante {
namespace {
constexpr std::size_t kPasswordEntropy = 15;  // bytes: 24 characters in base32
}

Result<std::optional<std::string>> create_first_administrator(directory::Directory& directory) {
    const auto tenants = directory.tenants();
    if (!tenants) return fail(tenants.error());
    if (!tenants->empty()) return std::optional<std::string>();
    std::string password = base32_lower(random_bytes(kPasswordEntropy));
    const auto made = directory.create_tenant(kAdministrator, password, true, {"first start"});
    if (!made) return fail(made.error());
    return std::optional<std::string>(std::move(password));
}

}  // namespace restante
