#pragma once
// Answers in other languages (RFC 6856 3). English is i-default.
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace restante::pop3 {

enum class Language : unsigned char { english, german };

struct LanguageName {
    Language language;
    std::string_view tag;   // RFC 5646
    std::string_view name;  // in itself
};
std::span<const LanguageName> languages();

/// RFC 6856 3.2, RFC 4647 3.4: "de-AT" finds "de"; "*" and "i-default" are English. nullopt: none that fits.
std::optional<Language> find_language(std::string_view tag);

/// The text in that language, or as it is where nobody has translated it.
std::string_view translated(std::string_view english, Language language);

/// Translates the text of the first line of an answer, keeping its status and response code.
void translate_answer(std::string& output, std::size_t from, Language language);

}  // namespace restante::pop3
