#include "moving/read_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace restante::moving {
namespace {
constexpr std::size_t kPiece = 64 * 1024;

struct OpenFile {
    explicit OpenFile(int n) : number(n) {}
    ~OpenFile() {
        if (number >= 0) ::close(number);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    const int number;
};
}  // namespace

Result<void> read_file(const std::string& path, const std::function<Result<void>(std::string_view)>& take,
                       std::uint64_t begin, std::uint64_t length) {
    const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a pipe must not hold us up
    if (file.number < 0) return fail(errno_error(errno, "open " + path));
    std::vector<char> buffer(kPiece);
    while (length > 0) {
        const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), length));
        const ssize_t got = ::pread(file.number, buffer.data(), wanted, static_cast<off_t>(begin));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(errno_error(errno, "read " + path));
        if (got == 0) break;
        if (auto taken = take({buffer.data(), static_cast<std::size_t>(got)}); !taken) return taken;
        begin += static_cast<std::uint64_t>(got);
        length -= static_cast<std::uint64_t>(got);
    }
    return {};
}

Result<std::string> read_whole(const std::string& path, std::uint64_t most) {
    std::string out;
    auto done = read_file(path, [&](std::string_view piece) -> Result<void> {
        if (out.size() + piece.size() > most) return fail(ErrorKind::too_large, path + " is larger than a list of UIDLs can be");
        out += piece;
        return {};
    });
    if (!done) return fail(std::move(done.error()));
    return out;
}

}  // namespace restante::moving
