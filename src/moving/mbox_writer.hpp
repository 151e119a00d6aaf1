#pragma once
// Writes an mbox (mboxrd), each message with its UIDL in an X-UIDL field.
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace restante::moving {

/// Blocking. The file has its name only after finish(), which makes it durable; without it nothing is left.
class MboxWriter {
public:
    /// already_exists: the file is there.
    static Result<std::unique_ptr<MboxWriter>> open(const std::string& file);
    ~MboxWriter();
    MboxWriter(const MboxWriter&) = delete;
    MboxWriter& operator=(const MboxWriter&) = delete;

    /// text: with CRLF, as it is stored; the file gets LF.
    Result<void> write(const std::string& uidl, Timestamp received_at, std::string_view text);
    Result<void> finish();

private:
    MboxWriter(std::string file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}
    const std::string file_;
    int descriptor_;
};

/// The lines of a message as they stand in an mbox: ">" before every ">*From ".
std::string from_quoted(std::string_view lines);

}  // namespace restante::moving
