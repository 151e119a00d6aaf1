#pragma once
// What an account's settings may be. Pure.
#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "directory/directory.hpp"

namespace restante::directory {

inline Result<void> check_real_name(std::string_view text) {
    const bool one_line =
        std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (is_valid_utf8(text) && text.size() <= 256 && one_line) return {};
    return fail(ErrorKind::invalid, "a real name must be one line of valid UTF-8, at most 256 octets");
}

inline Result<void> check_pop3(const Pop3Settings& wanted) {
    using namespace std::chrono_literals;
    if (wanted.min_poll < 0s || wanted.min_poll > 24h)
        return fail(ErrorKind::invalid, "the least time between two logins must be from 0 to 86,400 seconds");
    if (wanted.undo < std::chrono::days(0) || wanted.undo > std::chrono::days(3650))
        return fail(ErrorKind::invalid, "deletes can be undone for 0 to 3,650 days");
    if (wanted.alert_percent > 100) return fail(ErrorKind::invalid, "a share is from 0 to 100 percent");
    if (wanted.alert_from > 1'000'000'000 || wanted.expire_days > 36'500)
        return fail(ErrorKind::invalid, "a number of the POP3 settings is too large");
    return {};
}

}  // namespace restante::directory
