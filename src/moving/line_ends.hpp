#pragma once
// From the line ends of files to those of the wire, without losing an octet that is none. Pure.
#include <string>
#include <string_view>

namespace restante::moving {

/// One message, in pieces of any size.
class LineEnds {
public:
    /// Appends the bytes, every LF that follows no CR made CRLF. A CR without LF is part of its line and stays.
    void convert(std::string_view bytes, std::string& out);
    /// After the last piece: a last line without end gets one, as RETR would send it (RFC 1939 3). An empty message
    /// stays empty.
    void finish(std::string& out);

private:
    char last_ = '\n';
};

}  // namespace restante::moving
