#pragma once
// What the door must know of a header, found without holding or parsing it: any bytes can be received. Pure.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace restante::mda {

/// Takes the message in pieces of any size. Constant memory, linear time.
class HeaderScan {
public:
    /// False once the header's end was seen: the rest need not be fed.
    bool feed(std::string_view bytes);

    std::size_t received_fields() const { return received_; }

    /// Octets [begin, end) of the first Return-Path field with its folds and line ends, if it has ended yet.
    struct Span {
        std::uint64_t begin = 0, end = 0;
    };
    std::optional<Span> return_path() const { return return_path_; }

private:
    void end_name();
    void start_line(char first);

    enum class At { line_start, name, rest, end };
    At at_ = At::line_start;
    std::uint64_t position_ = 0;
    std::uint64_t line_begin_ = 0;
    std::array<char, 16> name_{};  // of the field under way, lower case; longer names are none we look for
    std::size_t name_size_ = 0;
    std::size_t received_ = 0;
    std::optional<std::uint64_t> open_return_path_;  // where one began that has not ended
    std::optional<Span> return_path_;
};

}  // namespace restante::mda
