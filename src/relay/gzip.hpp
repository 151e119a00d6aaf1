#pragma once
// RFC 1952.
#include <string>
#include <string_view>

namespace restante::relay {

/// One member without name or time: the same bytes give the same file. Throws std::runtime_error if zlib fails, which
/// it does for want of memory only.
std::string gzip(std::string_view bytes);

}  // namespace restante::relay
