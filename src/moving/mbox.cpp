#include "moving/mbox.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <map>
#include <unordered_map>

#include "base/text.hpp"
#include "moving/content_hash.hpp"
#include "moving/read_file.hpp"

namespace restante::moving {
namespace {

constexpr std::string_view kFrom = "From ";
constexpr std::size_t kLineSeen = 2'048;  // octets of a line that are looked at

/// Fields that servers write into their own mboxes and change: no part of the message's identity.
bool is_bookkeeping(std::string_view line) {
    for (const char* name : {"Status:", "X-Status:", "X-UID:", "X-IMAP:", "X-IMAPbase:", "X-Keywords:", "Content-Length:"})
        if (istarts_with(line, name)) return true;
    return false;
}

std::optional<unsigned> month_of(std::string_view name) {
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const std::size_t at = name.size() == 3 ? kMonths.find(name) : std::string_view::npos;
    if (at == std::string_view::npos || at % 3 != 0) return std::nullopt;
    return static_cast<unsigned>(at / 3 + 1);
}

std::optional<unsigned> small_number(std::string_view text, unsigned most) {
    const auto value = parse_u64(text);
    if (!value || *value > most) return std::nullopt;
    return static_cast<unsigned>(*value);
}

std::optional<std::chrono::seconds> time_of_day(std::string_view text) {
    const auto parts = split(text, ':');
    if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
    const auto hour = small_number(parts[0], 23), minute = small_number(parts[1], 59);
    const auto second = parts.size() == 3 ? small_number(parts[2], 60) : std::optional<unsigned>(0);
    if (!hour || !minute || !second) return std::nullopt;
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

std::chrono::minutes zone_of(std::string_view text) {
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return {};
    const auto hours = small_number(text.substr(1, 2), 14), minutes = small_number(text.substr(3), 59);
    if (!hours || !minutes) return {};
    const auto away = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return text[0] == '-' ? -away : away;
}

/// One message in the file.
struct FoundMail {
    std::uint64_t begin = 0, end = 0;
    Timestamp received_at{};
    std::string x_uidl;
    std::uint32_t uid = 0;
    std::string identity;   // SHA-256 of what servers do not change
    bool internal = false;  // "FOLDER INTERNAL DATA" of IMAP servers, no mail
};

/// Finds the messages. Lines may be of any length; their first kLineSeen octets decide.
class Scan {
public:
    Result<void> take(std::string_view piece) {
        while (!piece.empty()) {
            const std::size_t end = piece.find('\n');
            const std::size_t size = end == std::string_view::npos ? piece.size() : end + 1;
            line_bytes(piece.substr(0, size));
            if (end != std::string_view::npos) end_line();
            piece.remove_prefix(size);
        }
        return {};
    }
    void finish() {
        if (length_ > 0) end_line();
        close(at_);
    }
    std::vector<FoundMail> found;
    std::uint32_t uid_validity = 0;
    bool garbage = false;  // text before the first message

private:
    void line_bytes(std::string_view bytes) {
        const bool known = line_.size() >= kLineSeen;
        length_ += bytes.size();
        if (known) {
            if (hashed_) hash_->update(bytes);
            return;
        }
        line_ += bytes;
        if (line_.size() >= kLineSeen) decide();
    }

    // Once the line's beginning is known.
    void decide() {
        std::string_view text = line_;
        while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
        hashed_ = false;
        if (blank_since_ && line_.size() < kLineSeen && text.starts_with(kFrom)) {
            if (const auto time = parse_from_line(text)) return open(*time);
        }
        if (text.empty()) return;
        if (found.empty()) {
            garbage = true;
            return;
        }
        if (in_header_) header_line(text);
        hashed_ = !in_header_ || !is_bookkeeping(text);
        if (!hashed_) return;
        for (; blank_lines_ > 0; --blank_lines_) hash_->update("\n");
        hash_->update(line_);
    }

    void end_line() {
        if (line_.size() < kLineSeen) decide();
        const bool blank = line_ == "\n" || line_ == "\r\n";
        if (blank) {
            in_header_ = false;
            ++blank_lines_;
        }
        blank_since_ = blank ? std::optional(at_) : std::nullopt;
        at_ += length_;
        length_ = 0;
        line_.clear();
    }

    void open(Timestamp time) {
        close(at_);
        found.push_back({});
        found.back().begin = at_ + length_;
        found.back().received_at = time;
        in_header_ = true;
        blank_lines_ = 0;
    }

    // The empty line before the next message is not part of this one.
    void close(std::uint64_t end) {
        if (!found.empty()) {
            FoundMail& last = found.back();
            last.end = blank_since_ && *blank_since_ > last.begin ? *blank_since_ : end;
            last.identity = hash_->finish();
        }
        hash_ = std::make_unique<ContentHash>();
    }

    void header_line(std::string_view text) {
        FoundMail& one = found.back();
        if (istarts_with(text, "X-UIDL:")) one.x_uidl = std::string(trim(text.substr(7)));
        if (istarts_with(text, "X-UID:")) one.uid = static_cast<std::uint32_t>(parse_u64(trim(text.substr(6))).value_or(0));
        const bool imap = istarts_with(text, "X-IMAP:");
        if (!imap && !istarts_with(text, "X-IMAPbase:")) return;
        const std::string_view value = trim(text.substr(text.find(':') + 1));
        uid_validity = static_cast<std::uint32_t>(parse_u64(value.substr(0, value.find(' '))).value_or(0));
        one.internal = imap && found.size() == 1;
    }

    std::uint64_t at_ = 0, length_ = 0;  // where the line begins; its octets so far
    std::string line_;                   // its first octets
    bool hashed_ = false, in_header_ = false;
    std::optional<std::uint64_t> blank_since_ = 0;  // the line before this one was empty and began there; or the start
    std::uint64_t blank_lines_ = 0;                 // not hashed yet
    std::unique_ptr<ContentHash> hash_ = std::make_unique<ContentHash>();
};

class Mbox final : public Source {
public:
    Mbox(std::string file, MboxOptions options) : file_(std::move(file)), options_(std::move(options)) {}

    Result<SourceListing> list() override {
        Scan scan;
        if (auto read = read_file(file_, [&](std::string_view piece) { return scan.take(piece); }); !read) return fail(std::move(read.error()));
        scan.finish();
        SourceListing out;
        if (scan.garbage) out.notes.push_back("the file does not begin with a From_ line: what stands before the first is left out");
        if (scan.found.empty() && scan.garbage) return fail(ErrorKind::invalid, file_ + " is no mbox: no line begins a message");
        std::map<std::string, unsigned> times_seen;
        std::size_t number = 0, without = 0;
        for (FoundMail& one : scan.found) {
            ++number;
            if (one.internal) {
                out.notes.push_back("message " + std::to_string(number) + " is bookkeeping of an IMAP server and left out");
                continue;
            }
            SourceMessage message;
            message.name = "message " + std::to_string(number);
            message.received_at = one.received_at;
            message.key = one.identity + ":" + std::to_string(++times_seen[one.identity]);
            message.uidl = uidl_of(one, scan.uid_validity);
            without += message.uidl.empty() ? 1U : 0U;
            places_.emplace(message.key, one);
            out.messages.push_back(std::move(message));
        }
        if (without > 0)
            out.notes.push_back(std::to_string(without) + " messages have no UIDL here: clients that leave mail on the server may download them again");
        return out;
    }

    Result<void> read(const SourceMessage& message, const std::function<Result<void>(std::string_view)>& take) override {
        const FoundMail& place = places_.at(message.key);
        FromUnquoter unquoter(options_.quoting);
        std::string text;
        auto done = read_file(
            file_,
            [&](std::string_view piece) {
                text.clear();
                unquoter.convert(piece, text);
                return take(text);
            },
            place.begin, place.end - place.begin);
        if (!done) return done;
        text.clear();
        unquoter.finish(text);
        return take(text);
    }

private:
    std::string uidl_of(const FoundMail& one, std::uint32_t validity) const {
        using Uidls = MboxOptions::Uidls;
        if (options_.uidls == Uidls::none) return {};
        if (options_.uidls != Uidls::dovecot && !one.x_uidl.empty()) return one.x_uidl;
        if (options_.uidls == Uidls::x_uidl) return {};
        static const UidlFormat kDefault = UidlFormat::parse(UidlFormat::kDovecotDefault).value();
        return (options_.format ? *options_.format : kDefault).apply({.uid = one.uid, .uid_validity = validity}).value_or("");
    }

    const std::string file_;
    const MboxOptions options_;
    std::unordered_map<std::string, FoundMail> places_;
};

}  // namespace

std::optional<Timestamp> parse_from_line(std::string_view line) {
    if (!line.starts_with(kFrom)) return std::nullopt;
    std::vector<std::string_view> words;
    for (const std::string_view word : split(line, ' '))
        if (!word.empty()) words.push_back(word);
    constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
    for (std::size_t i = 1; i + 4 < words.size(); ++i) {
        const std::size_t day_name = words[i].size() == 3 ? kDays.find(words[i]) : std::string_view::npos;
        if (day_name == std::string_view::npos || day_name % 3 != 0) continue;
        const auto month = month_of(words[i + 1]);
        const auto day = small_number(words[i + 2], 31);
        const auto time = time_of_day(words[i + 3]);
        std::optional<unsigned> year;
        std::chrono::minutes zone{};
        for (std::size_t k = i + 4; k < words.size() && k < i + 7; ++k) {
            if (zone_of(words[k]).count() != 0) zone = zone_of(words[k]);
            if (!year && words[k].size() == 4) year = small_number(words[k], 9999);
        }
        if (!month || !day || !time || !year || *year < 1970) continue;
        const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month), std::chrono::day(*day)};
        if (date.ok()) return Timestamp(std::chrono::sys_days(date)) + *time - zone;
    }
    return std::nullopt;
}

void FromUnquoter::convert(std::string_view bytes, std::string& out) {
    for (const char c : bytes) {
        if (at_start_)
            begin_of_line(c, out);
        else
            out += c;
        if (c == '\n') at_start_ = quoting_ != FromQuoting::none;
    }
}

// Holds back what may become ">*From ".
void FromUnquoter::begin_of_line(char c, std::string& out) {
    held_ += c;
    const std::size_t quotes = std::min(held_.find_first_not_of('>'), held_.size());
    const std::string_view rest = std::string_view(held_).substr(quotes);
    const bool fits = kFrom.starts_with(rest) && held_.size() < kLineSeen;
    if (fits && rest.size() < kFrom.size()) return;
    const bool quoted = fits && quotes > 0 && (quoting_ == FromQuoting::mboxrd || quotes == 1);
    out += std::string_view(held_).substr(quoted ? 1 : 0);
    held_.clear();
    at_start_ = false;
}

void FromUnquoter::finish(std::string& out) { out += std::exchange(held_, {}); }

Result<std::unique_ptr<Source>> open_mbox(const std::string& file, const MboxOptions& options) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return fail(errno_error(errno, "open " + file));
    if (!S_ISREG(status.st_mode)) return fail(ErrorKind::invalid, file + " is no file; a folder with cur and new is a maildir");
    return std::make_unique<Mbox>(file, options);
}

}  // namespace restante::moving
