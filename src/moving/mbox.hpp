#pragma once
// An mbox file: messages one after the other, each behind a line that begins with "From ".
#include <memory>
#include <optional>

#include "moving/source.hpp"
#include "moving/uidl_format.hpp"

namespace restante::moving {

/// How lines of a message that begin with "From " were protected.
enum class FromQuoting {
    mboxrd,  // ">" before every line of the form ">*From "
    mboxo,   // ">" before "From " only
    none,
};

struct MboxOptions {
    FromQuoting quoting = FromQuoting::mboxrd;
    enum class Uidls {
        found,    // X-UIDL where a message has one, else as Dovecot makes it out of X-UID and X-IMAPbase
        dovecot,  // as Dovecot only
        x_uidl,   // X-UIDL only
        none,
    };
    Uidls uidls = Uidls::found;
    std::optional<UidlFormat> format;  // Dovecot's pop3_uidl_format, where it is not the default
};

/// The file is not changed; it must not change meanwhile. A line begins a message if it has the form
/// "From SENDER Wkd Mon DD HH:MM:SS YYYY" and stands at the start or behind an empty line; Content-Length is not
/// trusted.
Result<std::unique_ptr<Source>> open_mbox(const std::string& file, const MboxOptions& options);

/// The time in a line that begins a message; nullopt: it is none.
std::optional<Timestamp> parse_from_line(std::string_view line);

/// Takes the quoting out of a message that comes in pieces.
class FromUnquoter {
public:
    explicit FromUnquoter(FromQuoting quoting) : quoting_(quoting) {}
    void convert(std::string_view bytes, std::string& out);
    void finish(std::string& out);

private:
    void begin_of_line(char c, std::string& out);
    const FromQuoting quoting_;
    bool at_start_ = quoting_ != FromQuoting::none;  // within the part of a line that decides
    std::string held_;      // that part
};

}  // namespace restante::moving
