#include "moving/maildir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <unordered_map>

#include "base/text.hpp"
#include "moving/read_file.hpp"
#include "moving/uid_lists.hpp"

namespace restante::moving {
namespace {
namespace fs = std::filesystem;

/// A message with what its place in the listing follows from.
struct Found {
    SourceMessage message;
    std::string path;
    std::uint64_t order = 0, uid = 0;  // UINT64_MAX: not in the list, so behind all that are
};

Timestamp time_of(const struct stat& status) {
    return Timestamp{std::chrono::microseconds(status.st_mtim.tv_sec * 1'000'000 + status.st_mtim.tv_nsec / 1'000)};
}

class Maildir final : public Source {
public:
    Maildir(std::string folder, MaildirOptions options) : folder_(std::move(folder)), options_(std::move(options)) {}

    Result<SourceListing> list() override {
        auto known = uid_list();
        if (!known) return fail(std::move(known.error()));
        std::vector<Found> found;
        for (const char* part : {"new", "cur"})
            if (auto read = read_folder(part, *known, found); !read) return fail(std::move(read.error()));
        std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
            return std::tie(a.order, a.uid, a.message.received_at, a.message.key) <
                   std::tie(b.order, b.uid, b.message.received_at, b.message.key);
        });
        note_other_folders();
        if (known->faults > 0) listing_.notes.push_back(std::to_string(known->faults) + " lines of the UIDL list make no sense");
        for (Found& one : found) {
            if (!paths_.emplace(one.message.key, std::move(one.path)).second) {
                listing_.notes.push_back(one.message.name + " lies there twice; one is taken");
                continue;
            }
            listing_.messages.push_back(std::move(one.message));
        }
        return std::move(listing_);
    }

    Result<void> read(const SourceMessage& message, const std::function<Result<void>(std::string_view)>& take) override {
        const std::string& path = paths_.at(message.key);
        auto done = read_file(path, take);
        if (done || done.error().kind != ErrorKind::not_found) return done;
        // The server renames files when flags change: look again.
        for (const char* part : {"cur", "new"}) {
            std::error_code code;
            for (const auto& entry : fs::directory_iterator(fs::path(folder_) / part, code))
                if (base_name(entry.path().filename().native()) == message.key) return read_file(entry.path(), take);
        }
        return done;
    }

private:
    Result<UidList> uid_list() {
        using Uidls = MaildirOptions::Uidls;
        const std::string dovecot = folder_ + "/dovecot-uidlist", courier = folder_ + "/courierpop3dsizelist";
        const bool has_dovecot = fs::exists(dovecot), has_courier = fs::exists(courier);
        Uidls which = options_.uidls;
        if (which == Uidls::found) which = has_dovecot ? Uidls::dovecot : has_courier ? Uidls::courier : Uidls::none;
        names_are_uidls_ = which == Uidls::courier;
        if (which == Uidls::dovecot) {
            auto text = read_whole(dovecot, options_.list_octets);
            if (!text) return fail(std::move(text.error()));
            return parse_dovecot_uidlist(*text);
        }
        if (which == Uidls::courier && has_courier) {
            auto text = read_whole(courier, options_.list_octets);
            if (!text) return fail(std::move(text.error()));
            return parse_courier_sizelist(*text);
        }
        if (which == Uidls::none)
            listing_.notes.push_back("there is no UIDL list here: clients that leave mail on the server will download it again");
        return UidList{};
    }

    Result<void> read_folder(const char* part, const UidList& known, std::vector<Found>& out) {
        std::error_code code;
        fs::directory_iterator entries(fs::path(folder_) / part, code);
        if (code) return fail(errno_error(code.value(), "read " + folder_ + "/" + part));
        for (const auto& entry : entries) {
            const std::string name = entry.path().filename().native();
            if (name.starts_with('.')) continue;
            struct stat status {};
            if (::lstat(entry.path().c_str(), &status) != 0) continue;  // renamed or taken meanwhile
            if (!S_ISREG(status.st_mode)) {
                listing_.notes.push_back(escape_for_log(name) + " is no file and is left out");
                continue;
            }
            Found one;
            one.path = entry.path();
            one.message.name = escape_for_log(name);
            one.message.key = std::string(base_name(name));
            one.message.received_at = time_of(status);
            identify(one, known);
            out.push_back(std::move(one));
        }
        return {};
    }

    void identify(Found& one, const UidList& known) {
        one.order = one.uid = UINT64_MAX;
        const auto entry = known.files.find(one.message.key);
        if (entry == known.files.end()) {
            if (names_are_uidls_) one.message.uidl = courier_name_uidl(one.message.key);
            return;
        }
        const UidEntry& said = entry->second;
        if (said.order != 0) one.order = said.order;
        if (said.uid != 0) one.uid = said.uid;
        one.message.uidl = said.uidl;
        if (!said.uidl.empty() || said.uid == 0) return;
        static const UidlFormat kDefault = UidlFormat::parse(UidlFormat::kDovecotDefault).value();
        const UidlFormat& format = options_.format ? *options_.format : kDefault;
        auto made = format.apply({said.uid, known.uid_validity, one.message.key, said.guid, {}});
        if (made)
            one.message.uidl = std::move(*made);
        else
            listing_.notes.push_back(one.message.name + ": " + made.error().detail);
    }

    // Maildir++: other folders are ".Name" inside.
    void note_other_folders() {
        std::error_code code;
        std::size_t folders = 0;
        for (const auto& entry : fs::directory_iterator(folder_, code)) {
            const std::string name = entry.path().filename().native();
            if (!name.starts_with('.') || !entry.is_directory(code) || !fs::is_directory(entry.path() / "cur", code)) continue;
            ++folders;
            for (const char* part : {"cur", "new"})
                for (const auto& file : fs::directory_iterator(entry.path() / part, code))
                    listing_.left_out += file.path().filename().native().starts_with('.') ? 0U : 1U;
        }
        if (folders > 0)
            listing_.notes.push_back(std::to_string(folders) + " other folders with " + std::to_string(listing_.left_out) +
                                     " messages are left out: POP3 shows the INBOX only");
    }

    const std::string folder_;
    const MaildirOptions options_;
    SourceListing listing_;
    std::unordered_map<std::string, std::string> paths_;  // by key
    bool names_are_uidls_ = false;
};

}  // namespace

Result<std::unique_ptr<Source>> open_maildir(const std::string& folder, const MaildirOptions& options) {
    std::error_code code;
    for (const char* part : {"/cur", "/new"})
        if (!fs::is_directory(folder + part, code))
            return fail(code && code.value() != ENOENT ? errno_error(code.value(), folder + part)
                                                       : Error{ErrorKind::not_found, folder + " is no maildir: it has no folder " + (part + 1), Retry::never});
    return std::make_unique<Maildir>(folder, options);
}

}  // namespace restante::moving
