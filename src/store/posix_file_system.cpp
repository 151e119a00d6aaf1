#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>

#include "store/file_system.hpp"

namespace restante::store {
namespace {

constexpr std::size_t kVectorLimit = 512;  // below IOV_MAX (1024) on every Linux

tl::unexpected<Error> failed(const std::string& what) { return fail(errno_error(errno, what)); }

// What is left of `vectors` after `done` octets, at most kVectorLimit pieces; `room` holds it if it must be copied.
std::span<const iovec> remaining(std::span<const iovec> vectors, std::size_t done, std::vector<iovec>& room) {
    while (!vectors.empty() && done >= vectors.front().iov_len) {
        done -= vectors.front().iov_len;
        vectors = vectors.subspan(1);
    }
    if (done == 0) return vectors.first(std::min(vectors.size(), kVectorLimit));
    const auto pieces = vectors.first(std::min(vectors.size(), kVectorLimit));
    room.assign(pieces.begin(), pieces.end());
    room.front().iov_base = static_cast<char*>(room.front().iov_base) + done;
    room.front().iov_len -= done;
    return room;
}

std::size_t octets_of(std::span<const iovec> vectors) {
    std::size_t sum = 0;
    for (const iovec& piece : vectors) sum += piece.iov_len;
    return sum;
}

class PosixFile final : public File {
public:
    PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
    ~PosixFile() override { ::close(descriptor_); }
    PosixFile(const PosixFile&) = delete;
    PosixFile& operator=(const PosixFile&) = delete;

    Result<std::size_t> read(std::uint64_t offset, std::span<const iovec> into) override {
        return transfer(offset, into, [this](std::span<const iovec> now, off_t at) {
            return ::preadv(descriptor_, now.data(), static_cast<int>(now.size()), at);
        });
    }

    Result<std::size_t> read_cached(std::uint64_t offset, std::span<const iovec> into) override {
        const ssize_t got =
            ::preadv2(descriptor_, into.data(), static_cast<int>(into.size()), static_cast<off_t>(offset), RWF_NOWAIT);
        if (got < 0 && errno != EAGAIN && errno != EOPNOTSUPP && errno != EINTR) return failed("read " + path_);
        // A short answer is either the end of the file or the end of what is cached: only a real read can tell.
        if (got < 0 || static_cast<std::size_t>(got) < octets_of(into))
            return fail(ErrorKind::busy, "not in memory: " + path_);
        return static_cast<std::size_t>(got);
    }

    Result<void> write(std::uint64_t offset, std::span<const iovec> from) override {
        auto done = transfer(offset, from, [this](std::span<const iovec> now, off_t at) {
            return ::pwritev(descriptor_, now.data(), static_cast<int>(now.size()), at);
        });
        if (!done) return fail(std::move(done.error()));
        if (*done < octets_of(from)) return fail(ErrorKind::io, "short write to " + path_);
        return {};
    }

    Result<void> truncate(std::uint64_t size) override {
        if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return failed("truncate " + path_);
        return {};
    }
    Result<void> sync() override {
        if (::fdatasync(descriptor_) != 0) return failed("sync " + path_);
        return {};
    }
    Result<std::uint64_t> size() override {
        struct stat status {};
        if (::fstat(descriptor_, &status) != 0) return failed("stat " + path_);
        return static_cast<std::uint64_t>(status.st_size);
    }

private:
    template <class Call>
    Result<std::size_t> transfer(std::uint64_t offset, std::span<const iovec> vectors, Call call) {
        std::vector<iovec> room;
        std::size_t total = 0;
        for (;;) {
            const auto now = remaining(vectors, total, room);
            if (now.empty()) return total;
            const ssize_t moved = call(now, static_cast<off_t>(offset + total));
            if (moved < 0 && errno == EINTR) continue;
            if (moved < 0) return failed("access to " + path_);
            if (moved == 0) return total;
            total += static_cast<std::size_t>(moved);
        }
    }

    const int descriptor_;
    const std::string path_;
};

class PosixFileSystem final : public FileSystem {
public:
    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
        int flags = O_CLOEXEC | O_NOFOLLOW;
        flags |= mode == OpenMode::read ? O_RDONLY : O_RDWR;
        if (mode == OpenMode::create) flags |= O_CREAT | O_EXCL;
        const int descriptor = ::open(path.c_str(), flags, 0600);
        if (descriptor < 0) return failed("open " + path);
        return std::make_unique<PosixFile>(descriptor, path);
    }
    Result<void> make_directory(const std::string& path) override {
        if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("make directory " + path);
        return {};
    }
    Result<std::vector<std::string>> list(const std::string& directory) override {
        DIR* stream = ::opendir(directory.c_str());
        if (stream == nullptr) return failed("open directory " + directory);
        std::vector<std::string> names;
        errno = 0;
        while (const dirent* entry = ::readdir(stream)) {
            if (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN) names.emplace_back(entry->d_name);
            errno = 0;
        }
        const int number = errno;
        ::closedir(stream);
        if (number != 0) return fail(errno_error(number, "read directory " + directory));
        std::erase_if(names, [](const std::string& name) { return name == "." || name == ".."; });
        return names;
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) return failed("rename " + from);
        return {};
    }
    Result<void> link(const std::string& from, const std::string& to) override {
        if (::link(from.c_str(), to.c_str()) == 0) return {};
        if (errno == EXDEV || errno == EPERM || errno == EMLINK)
            return fail(ErrorKind::unsupported, "cannot link " + from);
        return failed("link " + from);
    }
    Result<void> remove(const std::string& path) override {
        if (::unlink(path.c_str()) != 0) return failed("remove " + path);
        return {};
    }
    Result<void> sync_directory(const std::string& directory) override {
        const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0) return failed("open directory " + directory);
        const int code = ::fsync(descriptor);
        const int number = errno;
        ::close(descriptor);
        if (code != 0) return fail(errno_error(number, "sync directory " + directory));
        return {};
    }
    Result<std::uint64_t> free_bytes(const std::string& directory) override {
        struct statvfs status {};
        if (::statvfs(directory.c_str(), &status) != 0) return failed("stat file system of " + directory);
        return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
    }
};

}  // namespace

std::unique_ptr<FileSystem> posix_file_system() { return std::make_unique<PosixFileSystem>(); }

}  // namespace restante::store
