#include "filter/words.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/text.hpp"

namespace restante::filter {
namespace {

constexpr std::size_t kShortest = 2, kLongest = 40;  // characters

void append(std::string& out, UChar32 c) {
    char bytes[U8_MAX_LENGTH];
    std::int32_t size = 0;
    U8_APPEND_UNSAFE(bytes, size, c);
    out.append(bytes, static_cast<std::size_t>(size));
}

bool in_word(UChar32 c) {
    const std::int8_t type = u_charType(c);
    return u_isalnum(c) != 0 || type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK;
}

/// Of a script without blanks between words.
bool is_dense(UChar32 c) {
    return c >= 0x0E00 && (u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC) != 0 || (c >= 0x3040 && c <= 0x30FF) ||
                           (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) || (c >= 0x1780 && c <= 0x17FF));
}

class Collector {
public:
    explicit Collector(std::size_t most) : most_(most) {}

    bool full() const { return out_.size() >= most_; }

    void take(UChar32 c) {
        if (c < 0x80) return take_ascii(static_cast<char>(c));
        if (!in_word(c)) return end();
        if (is_dense(c)) return take_dense(c);
        if (last_dense_ != 0) end();
        ++characters_;
        if (characters_ <= kLongest) append(word_, u_foldCase(c, U_FOLD_CASE_DEFAULT));
    }

    void end() {
        if (characters_ >= kShortest && characters_ <= kLongest && !full()) out_.push_back(word_);
        word_.clear();
        characters_ = 0;
        last_dense_ = 0;
    }

    std::vector<std::string> finish() {
        end();
        return std::move(out_);
    }

private:
    void take_ascii(char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (c < '0' || c > '9')) {
            if (characters_ > 0 || last_dense_ != 0) end();
            return;
        }
        if (last_dense_ != 0) end();
        if (++characters_ <= kLongest) word_ += ascii_lower(c);
    }

    void take_dense(UChar32 c) {
        if (characters_ > 0) end();
        if (last_dense_ != 0 && !full()) {
            std::string pair;
            append(pair, last_dense_);
            append(pair, c);
            out_.push_back(std::move(pair));
        }
        last_dense_ = c;
    }

    const std::size_t most_;
    std::vector<std::string> out_;
    std::string word_;
    std::size_t characters_ = 0;
    UChar32 last_dense_ = 0;
};

}  // namespace

std::vector<std::string> words_of(std::string_view utf8, std::size_t most) {
    Collector collector(most);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(utf8.data());
    const auto size = static_cast<std::int64_t>(utf8.size());
    for (std::int64_t at = 0; at < size && !collector.full();) {
        UChar32 c = 0;
        U8_NEXT(bytes, at, size, c);
        collector.take(c < 0 ? ' ' : c);  // bytes that are no character end a word
    }
    return collector.finish();
}

}  // namespace restante::filter
