#include "moving/mbox_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

#include "moving/maildir_writer.hpp"

namespace restante::moving {
namespace {

std::string from_line(Timestamp at) {
    const auto seconds = static_cast<std::time_t>(to_micros(at) / 1'000'000);
    tm parts{};
    ::gmtime_r(&seconds, &parts);
    constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return fmt::format("From restante {} {} {:2} {:02}:{:02}:{:02} {}\n", kDays.at(static_cast<std::size_t>(parts.tm_wday)),
                       kMonths.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       parts.tm_year + 1900);
}
}  // namespace

std::string from_quoted(std::string_view lines) {
    std::string out;
    out.reserve(lines.size() + 64);
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size() - 1) + 1;
        const std::string_view line = lines.substr(0, end);
        const std::size_t quotes = std::min(line.find_first_not_of('>'), line.size());
        if (line.substr(quotes).starts_with("From ")) out += '>';
        out += line;
        lines.remove_prefix(end);
    }
    return out;
}

Result<std::unique_ptr<MboxWriter>> MboxWriter::open(const std::string& file) {
    if (::access(file.c_str(), F_OK) == 0) return fail(ErrorKind::already_exists, file + " is there already");
    const int descriptor = ::open((file + ".part").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return fail(errno_error(errno, "make " + file + ".part"));
    return std::unique_ptr<MboxWriter>(new MboxWriter(file, descriptor));
}

MboxWriter::~MboxWriter() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    (void)::unlink((file_ + ".part").c_str());
}

Result<void> MboxWriter::write(const std::string& uidl, Timestamp received_at, std::string_view text) {
    const std::string out = from_line(received_at) + "X-UIDL: " + uidl + "\n" + from_quoted(as_file(text)) + "\n";
    for (std::string_view rest = out; !rest.empty();) {
        const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail(errno_error(errno, "write " + file_ + ".part"));
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> MboxWriter::finish() {
    if (::fsync(descriptor_) != 0) return fail(errno_error(errno, "sync " + file_ + ".part"));
    ::close(std::exchange(descriptor_, -1));
    if (::rename((file_ + ".part").c_str(), file_.c_str()) != 0) return fail(errno_error(errno, "make " + file_));
    const std::size_t slash = file_.rfind('/');
    return sync_folder(slash == std::string::npos ? "." : file_.substr(0, slash + 1));
}

}  // namespace restante::moving
