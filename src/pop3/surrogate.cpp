#include "pop3/surrogate.hpp"

#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace restante::pop3 {
namespace {

bool is_eight_bit(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool has_eight_bit(std::string_view s) { return std::any_of(s.begin(), s.end(), is_eight_bit); }

/// Its transliterate() is const and works on its argument only.
const icu::Transliterator* to_ascii() {
    static const std::unique_ptr<icu::Transliterator> made = [] {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<icu::Transliterator> out(
            icu::Transliterator::createInstance("Any-Latin; Latin-ASCII", UTRANS_FORWARD, status));
        return U_SUCCESS(status) ? std::move(out) : nullptr;
    }();
    return made.get();
}

/// Octets of the character at the front of valid UTF-8.
std::size_t length_of(std::string_view s) {
    const auto lead = static_cast<unsigned char>(s.front());
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/// At most as long as the character itself.
std::string nearest(std::string_view character) {
    std::string out = "?";
    const icu::Transliterator* const transliterator = to_ascii();
    if (transliterator == nullptr) return out;
    auto text = icu::UnicodeString::fromUTF8({character.data(), static_cast<int32_t>(character.size())});
    transliterator->transliterate(text);
    std::string ascii;
    text.toUTF8String(ascii);
    const auto shown = [](char c) { return c >= ' ' && c <= '~'; };
    if (!ascii.empty() && ascii.size() <= character.size() && std::all_of(ascii.begin(), ascii.end(), shown))
        out = ascii;
    return out;
}

constexpr std::string_view kSeparators = " \t\r\n<>(),;:\"";

/// line: with its end, valid UTF-8. The same size.
std::string downgraded(std::string_view line) {
    const std::string_view text = line.substr(0, line.find_first_of("\r\n"));
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (kSeparators.find(text[at]) != std::string_view::npos) {
            out += text[at++];
            continue;
        }
        const std::size_t end = std::min(text.find_first_of(kSeparators, at), text.size());
        const std::string_view word = text.substr(at, end - at);
        const bool address = word.find('@') != std::string_view::npos;
        for (std::size_t i = 0; i < word.size();) {
            const std::string_view character = word.substr(i, length_of(word.substr(i)));
            if (character.size() == 1)
                out += character;
            else
                out += address ? std::string(character.size(), '?') : nearest(character);
            i += character.size();
        }
        at = end;
    }
    out.append(text.size() - out.size(), ' ');
    return out.append(line.substr(text.size()));
}

void mask(std::span<char> octets) { std::replace_if(octets.begin(), octets.end(), is_eight_bit, '?'); }

}  // namespace

std::size_t Surrogate::write(std::span<char> piece, bool last) {
    std::size_t at = 0;
    while (!done_ && at < piece.size()) {
        const std::string_view rest(piece.data() + at, piece.size() - at);
        const std::size_t newline = rest.find('\n');
        const bool whole = newline != std::string_view::npos;
        if (!whole && !last && at > 0) return at;
        const std::size_t length = whole ? newline + 1 : rest.size();
        const std::string_view line = rest.substr(0, length);
        if (!mid_line_ && (line == "\r\n" || line == "\n")) {
            done_ = true;
            break;
        }
        if (has_eight_bit(line)) {
            const std::span<char> place = piece.subspan(at, length);
            if (mid_line_ || (!whole && !last))
                mask(place);
            else if (is_valid_utf8(line))
                std::ranges::copy(downgraded(line), place.begin());
        }
        mid_line_ = !whole;
        at += length;
    }
    return piece.size();
}

}  // namespace restante::pop3
