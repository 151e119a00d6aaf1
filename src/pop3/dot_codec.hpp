#pragma once
// Multi-line responses (RFC 1939 3): lines that begin with '.' get another one in front, "." alone ends the response.
// Both sides work on chunks of any size and keep a few bytes of state; the text itself never gathers here.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace restante::pop3 {

/// Server side. A bare LF becomes CRLF; everything else goes through as it is.
class DotStuffer {
public:
    /// body_lines: TOP sends only so many lines after the header's blank line (RFC 1939 7). Without: everything.
    explicit DotStuffer(std::optional<std::uint64_t> body_lines = std::nullopt) : body_lines_(body_lines) {}

    /// Appends the chunk to out. False once TOP has all it wants: the rest need not be read.
    bool write(std::string_view chunk, std::string& out);
    /// Appends the end of the response, after a CRLF if the last line had none. Once, last.
    void finish(std::string& out);

private:
    bool line_ended(bool blank);

    std::optional<std::uint64_t> body_lines_;
    bool line_start_ = true;  // the next octet begins a line
    bool line_blank_ = true;  // nothing but a CR in this line so far
    bool after_cr_ = false;   // the last octet was a CR
    bool in_header_ = true;
    bool done_ = false;
};

/// Client side. What comes out has CRLF line ends throughout: a bare LF in the text becomes CRLF.
class DotUnstuffer {
public:
    /// lf_only: the server ends its lines with a bare LF (seen in its greeting); then LF "." LF ends the
    /// text. Otherwise only CRLF "." CRLF does, or a message with bare LFs could end before its end and its
    /// rest be taken for responses.
    explicit DotUnstuffer(bool lf_only = false) : lf_only_(lf_only) {}

    /// Appends the text in `bytes` to out; returns the octets used. Fewer than all are used only at the end.
    std::size_t read(std::string_view bytes, std::string& out);
    bool ended() const { return state_ == State::ended; }

private:
    enum class State { line_start, dot, dot_cr, text, cr, ended };
    std::size_t text(std::string_view bytes, std::string& out);

    bool lf_only_;
    State state_ = State::line_start;
};

}  // namespace restante::pop3
