#include "data_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/random.hpp"
#include "base/text.hpp"

namespace restante {
namespace {
namespace fs = std::filesystem;

constexpr const char* kLockFile = "restante.lock";

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_;
};

Result<void> write_all(int fd, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(errno_error(errno, "write " + path));
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

Result<void> sync_folder(const std::string& path) {
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0 || ::fsync(folder.get()) != 0) return fail(errno_error(errno, "sync " + path));
    return {};
}

// Text of the lock file: the process id of whoever holds it.
std::string holder(int fd) {
    std::array<char, 32> text{};
    const ssize_t n = ::pread(fd, text.data(), text.size() - 1, 0);
    return n > 0 ? std::string(trim({text.data(), static_cast<std::size_t>(n)})) : "unknown";
}

Result<int> lock_folder(const std::string& path) {
    const std::string name = path + "/" + kLockFile;
    Descriptor lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (lock.get() < 0) return fail(errno_error(errno, "open " + name));
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return fail(errno_error(errno, "lock " + name));
        return fail(ErrorKind::busy, fmt::format("the data directory {} is in use by process {}; stop that server, or name another "
                                                 "directory in [server] data_directory",
                                                 path, holder(lock.get())));
    }
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(lock.get(), 0) != 0 || ::pwrite(lock.get(), pid.data(), pid.size(), 0) < 0)
        return fail(errno_error(errno, "write " + name));
    return lock.release();
}
}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return fail(errno_error(errno, "open " + path));
    std::string out;
    std::array<char, 65536> chunk{};
    for (;;) {
        const ssize_t n = ::read(file.get(), chunk.data(), chunk.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(errno_error(errno, "read " + path));
        if (n == 0) return out;
        out.append(chunk.data(), static_cast<std::size_t>(n));
        if (out.size() > limit) return fail(ErrorKind::too_large, fmt::format("{} is larger than {}", path, human_bytes(limit)));
    }
}

Result<void> write_private_file(const std::string& path, std::string_view bytes) {
    const std::string temporary = path + ".new";
    {
        const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (file.get() < 0) return fail(errno_error(errno, "create " + temporary));
        if (auto written = write_all(file.get(), bytes, temporary); !written) return written;
        if (::fsync(file.get()) != 0) return fail(errno_error(errno, "sync " + temporary));
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) return fail(errno_error(errno, "rename " + temporary));
    return sync_folder(fs::path(path).parent_path().string());
}

Result<DataDirectory> DataDirectory::open(const std::string& path) {
    std::error_code code;
    const fs::path absolute = fs::absolute(path, code).lexically_normal();
    if (!absolute.parent_path().empty()) fs::create_directories(absolute.parent_path(), code);
    if (::mkdir(absolute.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(errno_error(errno, "make the data directory " + absolute.string()));
    return open_existing(absolute.string());
}

Result<DataDirectory> DataDirectory::open_existing(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return fail(errno_error(errno, "open the data directory " + path));
    if (!S_ISDIR(status.st_mode)) return fail(ErrorKind::invalid, path + " is not a directory");
    auto lock = lock_folder(path);
    if (!lock) return fail(lock.error());
    return DataDirectory(path, *lock);
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDirectory::~DataDirectory() {
    if (lock_ >= 0) ::close(lock_);
}

Result<std::string> DataDirectory::secret(std::string_view name, std::size_t bytes) {
    const std::string path = file(name);
    auto known = read_file(path, 4096);
    if (!known && known.error().kind == ErrorKind::not_found) {
        std::string fresh = random_bytes(bytes);
        if (auto written = write_private_file(path, fresh); !written) return fail(written.error());
        return fresh;
    }
    if (known && known->size() != bytes)
        return fail(ErrorKind::invalid, fmt::format("{} must hold {} bytes, it has {}", path, bytes, known->size()));
    return known;
}

Result<void> DataDirectory::give_to(std::uint32_t user, std::uint32_t group) {
    std::error_code code;
    if (::lchown(path_.c_str(), user, group) != 0) return fail(errno_error(errno, "give away " + path_));
    for (const auto& entry : fs::recursive_directory_iterator(path_, code))
        if (::lchown(entry.path().c_str(), user, group) != 0) return fail(errno_error(errno, "give away " + entry.path().string()));
    return {};
}

}  // namespace restante
