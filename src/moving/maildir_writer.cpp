#include "moving/maildir_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <filesystem>

#include "base/text.hpp"
#include "moving/read_file.hpp"
#include "moving/uid_lists.hpp"

namespace restante::moving {
namespace {
namespace fs = std::filesystem;

constexpr std::string_view kMark = ".restante";  // in the names of files written here
constexpr std::uint64_t kMaxList = 256U << 20;

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return number_; }

private:
    const int number_;
};

// "1700000000.M123456.restante,S=10,W=12"
std::int64_t id_of(std::string_view name) {
    const std::size_t begin = name.find(".M"), end = name.find(kMark);
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin + 2) return 0;
    const auto id = parse_u64(name.substr(begin + 2, end - begin - 2));
    return id && *id <= static_cast<std::uint64_t>(INT64_MAX) ? static_cast<std::int64_t>(*id) : 0;
}

std::uint64_t octets_on_the_wire(std::string_view file_text) {
    std::uint64_t out = file_text.size();
    for (std::size_t at = file_text.find('\n'); at != std::string_view::npos; at = file_text.find('\n', at + 1))
        out += at == 0 || file_text[at - 1] != '\r' ? 1U : 0U;
    return out;
}
}  // namespace

std::string as_file(std::string_view text) {
    if (text.find("\r\r\n") != std::string_view::npos) return std::string(text);
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') out += text[i];
    return out;
}

Result<void> write_synced(const std::string& path, std::string_view text) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0) return fail(errno_error(errno, "make " + path));
    while (!text.empty()) {
        const ssize_t written = ::write(file.get(), text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return fail(errno_error(errno, "write " + path));
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file.get()) != 0) return fail(errno_error(errno, "sync " + path));
    return {};
}

Result<void> sync_folder(const std::string& path) {
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0 || ::fsync(folder.get()) != 0) return fail(errno_error(errno, "sync " + path));
    return {};
}

Result<std::unique_ptr<MaildirWriter>> MaildirWriter::open(const std::string& folder) {
    std::unique_ptr<MaildirWriter> out(new MaildirWriter(folder));
    for (const char* part : {"", "/cur", "/new", "/tmp"}) {
        std::error_code code;
        fs::create_directories(folder + part, code);
        if (code) return fail(errno_error(code.value(), "make " + folder + part));
        if (*part != 0 && ::chmod((folder + part).c_str(), 0700) != 0) return fail(errno_error(errno, "open " + folder + part));
    }
    if (auto taken = out->take_up(); !taken) return fail(std::move(taken.error()));
    return out;
}

Result<void> MaildirWriter::take_up() {
    std::error_code code;
    for (const char* part : {"/cur", "/new"}) {
        for (const auto& entry : fs::directory_iterator(folder_ + part, code)) {
            const std::string name(base_name(entry.path().filename().native()));
            const std::int64_t id = id_of(name);
            if (id == 0)
                return fail(ErrorKind::already_exists, folder_ + " holds mail that was not written here (" + escape_for_log(name, 80) + "); name another folder");
            names_.emplace(id, name);
        }
        if (code) return fail(errno_error(code.value(), "read " + folder_ + part));
    }
    uid_validity_ = static_cast<std::uint32_t>(std::time(nullptr));
    const std::string list = folder_ + "/dovecot-uidlist";
    if (!fs::exists(list)) {
        // Without the list the UIDLs of what lies there are not known: it is written again.
        for (const auto& [id, name] : names_) fs::remove(folder_ + "/cur/" + name + ":2,", code);
        names_.clear();
        return {};
    }
    auto text = read_whole(list, kMaxList);
    if (!text) return fail(std::move(text.error()));
    auto known = parse_dovecot_uidlist(*text);
    if (!known) return fail(std::move(known.error()));
    uid_validity_ = known->uid_validity;
    for (const auto& [name, entry] : known->files) next_uid_ = std::max(next_uid_, entry.uid + 1);
    lines_ = text->substr(std::min(text->find('\n'), text->size() - 1) + 1);
    std::erase_if(names_, [&](const auto& one) {
        if (known->files.contains(one.second)) return false;
        fs::remove(folder_ + "/cur/" + one.second + ":2,", code);
        return true;
    });
    return {};
}

Result<void> MaildirWriter::write(std::int64_t id, const std::string& uidl, Timestamp received_at, std::string_view text) {
    const std::string file = as_file(text);
    const std::int64_t seconds = to_micros(received_at) / 1'000'000;
    const std::string name = fmt::format("{}.M{}{},S={},W={}", seconds, id, kMark, file.size(), octets_on_the_wire(file));
    const std::string temporary = folder_ + "/tmp/" + name, final = folder_ + "/cur/" + name + ":2,";
    (void)::unlink(temporary.c_str());
    if (auto written = write_synced(temporary, file); !written) return written;
    const timespec times[2] = {{static_cast<time_t>(seconds), 0}, {static_cast<time_t>(seconds), 0}};
    (void)::utimensat(AT_FDCWD, temporary.c_str(), times, 0);  // the time of arrival, as far as the file system keeps it
    if (::rename(temporary.c_str(), final.c_str()) != 0) return fail(errno_error(errno, "make " + final));
    names_.emplace(id, name);
    lines_ += fmt::format("{} P{} :{}\n", next_uid_++, uidl, name);
    return {};
}

Result<void> MaildirWriter::finish() {
    if (auto synced = sync_folder(folder_ + "/cur"); !synced) return synced;
    const std::string temporary = folder_ + "/tmp/dovecot-uidlist", final = folder_ + "/dovecot-uidlist";
    (void)::unlink(temporary.c_str());
    const std::string head = fmt::format("3 V{} N{}\n", uid_validity_, next_uid_);
    if (auto written = write_synced(temporary, head + lines_); !written) return written;
    if (::rename(temporary.c_str(), final.c_str()) != 0) return fail(errno_error(errno, "make " + final));
    return sync_folder(folder_);
}

}  // namespace restante::moving
