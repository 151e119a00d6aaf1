#pragma once
// One message between its source and the server: its size must be known before it is sent.
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "moving/content_hash.hpp"
#include "moving/line_ends.hpp"

namespace restante::cli {

/// In memory up to a limit, the rest in a file without a name. Line ends become CRLF on the way in.
class MessageSpool {
public:
    Result<void> append(std::string_view bytes);
    /// After the last append.
    Result<void> finish();
    std::uint64_t octets() const { return octets_; }
    /// Lower-case hex, after finish().
    const std::string& sha256() const { return sha256_; }
    /// Piece by piece from the start; empty at the end.
    Result<std::string> next();

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    Result<void> keep(std::string_view text);
    Result<void> to_file(std::string_view text);

    moving::LineEnds ends_;
    moving::ContentHash hash_;
    std::string memory_;
    std::unique_ptr<std::FILE, Close> file_;
    std::uint64_t octets_ = 0, given_ = 0;
    std::string sha256_;
};

}  // namespace restante::cli
