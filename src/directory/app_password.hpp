#pragma once
// App passwords as text and as what is stored of them. Pure but for randomness.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "directory/directory.hpp"

namespace restante::directory {

/// 24 letters and digits in four groups, 120 random bits: "abcdef-ghijkl-mnopqr-stuvwx".
std::string make_app_password();

/// What is typed, without blanks and hyphens and in lower case; nullopt if it cannot be an app password.
std::optional<std::string> app_password_core(std::string_view typed);

/// Hex of a SHA-256. A slow hash would guard nothing: nobody guesses 120 random bits.
std::string app_password_digest(std::int64_t account, std::string_view core);

/// Why it must not be used there and then; null if it may.
const char* refusal_of(const AppPassword& password, const LoginContext& context, Timestamp now);

}  // namespace restante::directory
