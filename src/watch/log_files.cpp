#include "watch/log_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <vector>

namespace restante::watch {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> failed(int code, const std::string& what) {
    const ErrorKind kind = code == ENOSPC || code == EDQUOT  ? ErrorKind::no_space
                           : code == EACCES || code == EPERM ? ErrorKind::denied
                                                             : ErrorKind::io;
    return fail(kind, what + ": " + std::strerror(code));
}

Result<void> write_all(int file, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(file, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return failed(errno, path);
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return {};
}

}  // namespace

std::string period_of(Timestamp at, std::string_view rotation) {
    using namespace std::chrono;
    auto day = floor<days>(at);
    const auto hour = duration_cast<hours>(at - day).count();
    if (rotation == "weekly") day -= weekday(day) - Monday;
    const year_month_day date(day);
    std::array<char, 32> out{};
    const int length =
        std::snprintf(out.data(), out.size(), "%04d%02u%02uT%02d", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(hour));
    const std::string_view whole(out.data(), static_cast<std::size_t>(length));
    if (rotation == "hourly") return std::string(whole);
    return std::string(whole.substr(0, rotation == "monthly" ? 6 : 8));
}

void LogFiles::close() {
    if (file_ >= 0) ::close(file_);
    file_ = -1;
}

std::string LogFiles::path(const Limits& limits, std::uint64_t number) const {
    return limits.folder + "/" + service_ + "-" + period_ + "-" + std::to_string(number) + ".csv";
}

Result<void> LogFiles::append(std::string_view bytes, std::string_view header, Timestamp now, const Limits& limits) {
    const std::string period = period_of(now, limits.rotation);
    const bool full = limits.file_bytes != 0 && size_ >= limits.file_bytes;
    if (file_ < 0 || period != period_ || folder_ != limits.folder || full) {
        if (auto done = open(period, header, limits); !done) return done;
        remove_old(limits, now);
    }
    auto done = write_all(file_, bytes, path(limits, number_));
    if (done)
        size_ += bytes.size();
    else
        close();  // it may be there again next time
    return done;
}

/// The first file of the period that has room.
Result<void> LogFiles::open(const std::string& period, std::string_view header, const Limits& limits) {
    close();
    std::error_code code;
    fs::create_directories(limits.folder, code);
    if (code) return failed(code.value(), limits.folder);
    if (period != period_ || folder_ != limits.folder) number_ = 1;
    period_ = period;
    folder_ = limits.folder;
    for (;; ++number_) {
        const std::string name = path(limits, number_);
        const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
        if (file < 0) return failed(errno, name);
        struct stat found {};
        if (::fstat(file, &found) != 0) {
            ::close(file);
            return failed(errno, name);
        }
        size_ = static_cast<std::uint64_t>(found.st_size);
        file_ = file;
        if (limits.file_bytes != 0 && size_ >= limits.file_bytes) {
            close();
            continue;
        }
        if (size_ != 0) return {};
        auto written = write_all(file_, header, name);
        if (!written)
            close();
        else
            size_ = header.size();
        return written;
    }
}

void LogFiles::remove_old(const Limits& limits, Timestamp now) const {
    struct Old {
        fs::file_time_type changed;
        std::uint64_t size;
        fs::path path;
    };
    std::vector<Old> files;
    std::error_code ignored;
    std::uint64_t total = 0;
    const std::string current = path(limits, number_);
    for (const auto& entry : fs::directory_iterator(limits.folder, ignored)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(service_ + "-") || entry.path().extension() != ".csv" || entry.path() == current)
            continue;
        // "smtp" must not take the files of "smtp.mx": what follows the service's name is a date.
        if (name.find_first_not_of("0123456789T-", service_.size() + 1) != name.size() - 4) continue;
        files.push_back({entry.last_write_time(ignored), entry.file_size(ignored), entry.path()});
        total += files.back().size;
    }
    std::sort(files.begin(), files.end(), [](const Old& a, const Old& b) { return a.changed < b.changed; });
    const auto wall = fs::file_time_type::clock::from_sys(now);
    for (const Old& file : files) {
        const bool too_old = limits.keep.count() != 0 && wall - file.changed > limits.keep;
        const bool too_much = limits.total_bytes != 0 && total > limits.total_bytes;
        if (!too_old && !too_much) continue;
        if (fs::remove(file.path, ignored)) total -= file.size;
    }
}

}  // namespace restante::watch
