#pragma once
// Are settings usable, and what follows from them. Pure functions.
#include "fetch/types.hpp"

namespace restante::fetch {

/// Trims, folds the pin and fills in the port of a new connection. invalid with what to change.
Result<Settings> checked_settings(Settings settings, const Options& options);

std::uint16_t default_port(TlsMode mode);

/// Same mailbox, so that remembered UIDLs still hold?
bool same_mailbox(const Settings& a, const Settings& b);

/// For the audit trail: what differs, without secrets.
std::string describe_change(const Settings& before, const Settings& after);

}  // namespace restante::fetch
