#pragma once
// Writes a maildir that Dovecot serves under the same UIDLs.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace restante::moving {

/// Blocking; one at a time for a folder. What was written is complete and durable after finish(); a run that was cut
/// short is taken up by the next one, which writes only what is missing.
class MaildirWriter {
public:
    /// Makes the folder, or adds to what an earlier run left there. Errors: already_exists (a maildir of somebody else).
    static Result<std::unique_ptr<MaildirWriter>> open(const std::string& folder);

    bool has(std::int64_t id) const { return names_.contains(id); }
    /// text: with CRLF, as it is stored; the file gets LF.
    Result<void> write(std::int64_t id, const std::string& uidl, Timestamp received_at, std::string_view text);
    /// Writes dovecot-uidlist and syncs.
    Result<void> finish();

private:
    explicit MaildirWriter(std::string folder) : folder_(std::move(folder)) {}
    Result<void> take_up();

    const std::string folder_;
    std::unordered_map<std::int64_t, std::string> names_;  // of files that lie there
    std::uint32_t uid_validity_ = 0, next_uid_ = 1;
    std::string lines_;  // of dovecot-uidlist
};

/// LF ends, unless that would lose an octet (CR before CRLF): then CRLF stays, which Dovecot takes as well.
std::string as_file(std::string_view text);
/// Writes a new file and syncs it. already_exists when it is there.
Result<void> write_synced(const std::string& path, std::string_view text);
Result<void> sync_folder(const std::string& path);

}  // namespace restante::moving
