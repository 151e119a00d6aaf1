#pragma once
// A maildir: its INBOX, with the UIDLs that Dovecot or Courier gave out for it.
#include <memory>
#include <optional>

#include "moving/source.hpp"
#include "moving/uidl_format.hpp"

namespace restante::moving {

struct MaildirOptions {
    enum class Uidls {
        found,    // of whichever server's list lies there
        dovecot,  // of dovecot-uidlist or not at all
        courier,  // of courierpop3dsizelist, or the file's name as Courier shows it
        none,     // new ones
    };
    Uidls uidls = Uidls::found;
    std::optional<UidlFormat> format;  // Dovecot's pop3_uidl_format, where it is not the default
    std::size_t list_octets = 256U << 20;  // of a UIDL list; a larger one is refused
};

/// Nothing there is changed. not_found: no maildir (cur and new). Files: names without leading dot in cur and new.
Result<std::unique_ptr<Source>> open_maildir(const std::string& folder, const MaildirOptions& options);

}  // namespace restante::moving
