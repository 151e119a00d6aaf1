#pragma once
// Files as they lie on disk, in pieces. Blocking.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace restante::moving {

/// From `begin`, at most `length` octets. Errors: of the system, as in errno_error; whatever `take` returns.
Result<void> read_file(const std::string& path, const std::function<Result<void>(std::string_view)>& take,
                       std::uint64_t begin = 0, std::uint64_t length = UINT64_MAX);
/// too_large: over `most` octets.
Result<std::string> read_whole(const std::string& path, std::uint64_t most);

}  // namespace restante::moving
