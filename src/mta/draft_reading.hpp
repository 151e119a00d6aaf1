#pragma once
// Drafts read and copied in pieces. Blocking where the draft lies on disk. Internal to mta.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/store.hpp"

namespace restante::mta {

/// Octets [first, second) of a message.
using Cut = std::pair<std::uint64_t, std::uint64_t>;

inline constexpr std::size_t kHeaderMost = 4 << 20;  // octets; the session has refused larger headers before

/// Up to and including the empty line behind the header; at most `most` octets.
Result<std::string> read_header(store::Draft& draft, std::size_t most);

/// What stands from `offset` on, in pieces.
Result<void> read_on(store::Draft& draft, std::uint64_t offset, const std::function<void(std::string_view)>& take);

/// A new draft without the cuts, which ascend.
Result<std::unique_ptr<store::Draft>> copy_without(store::Draft& draft, const std::vector<Cut>& cuts,
                                                   store::MessageStore& store);

}  // namespace restante::mta
