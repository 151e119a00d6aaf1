#pragma once
// When to try again, and when to give up. Pure functions over Health.
#include "fetch/types.hpp"

namespace restante::fetch {

/// After a poll that went through.
Health after_success(Health health, const Settings& settings, Timestamp now);
/// After one that stopped at the limit of unrelated mails.
Health after_pause(Health health, const Options& options, Timestamp now, std::string reason);
/// After a failure: longer and longer pauses up to Options::max_backoff_minutes (never shorter than the interval), then
/// state disabled.
Health after_failure(Health health, const Settings& settings, const Options& options, Timestamp now,
                     std::string reason);
/// A person switched it on or changed it: a fresh start, due at once.
Health fresh_start(Health health, Timestamp now);

}  // namespace restante::fetch
