#pragma once
// Conversations in plain text, and how to run one against a protocol machine or a service. Format: README.md.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace restante::transcripts {

enum class Side { client, server };
enum class Cut { whole, bytes, random };

struct Say {  // this side says text (a line without its CRLF, unless raw)
    Side side;
    std::string text;
    bool raw;
};
struct AnyLines {  // this side says any number of lines
    Side side;
};
struct Tls {};
struct Close {};
struct Drop {};
struct Check {
    std::string text;
};
using Action = std::variant<Say, AnyLines, Tls, Close, Drop, Check>;

struct Line {
    std::size_t number;  // in the file, from 1
    Action action;
};

struct Transcript {
    std::string proves;  // the first comment
    std::vector<std::pair<std::string, std::string>> options;
    std::vector<Line> lines;

    /// The last value given for key, or otherwise.
    std::string option(std::string_view key, std::string_view otherwise = {}) const;
    std::vector<std::string> all(std::string_view key) const;
    /// Numbers of `key`, or otherwise. Throws std::invalid_argument if it is none.
    std::size_t number(std::string_view key, std::size_t otherwise) const;
};

/// ErrorKind::invalid with the line's number.
Result<Transcript> parse(std::string_view text);

/// Resolves the escapes of README.md. ErrorKind::invalid.
Result<std::string> unescape(std::string_view text);

/// Whether line is what pattern says; `<*>` stands for any bytes.
bool matches(std::string_view pattern, std::string_view line);

/// What is under test. One object per run.
class Peer {
public:
    virtual ~Peer() = default;
    /// Bytes from the other side. After the connection is closed: no effect.
    virtual void feed(std::string_view bytes) = 0;
    /// What it says. A machine: what it has said since the last call. A service: waits for some, up to a deadline;
    /// empty when nothing comes or the connection is closed.
    virtual std::string read() = 0;
    /// What it has said by now; does not wait.
    virtual std::string read_now() { return read(); }
    /// After it has been read empty: whether it has closed the connection.
    virtual bool closed() = 0;
    virtual void start_tls() = 0;
    virtual void drop() = 0;
    /// Empty if text holds, else what is the case instead.
    virtual std::string check(std::string_view text) = 0;
};
using PeerFactory = std::function<std::unique_ptr<Peer>(const Transcript&)>;

/// Empty if the conversation took place, else where it did not and how.
std::string run(const Transcript& transcript, Side under_test, Cut cut, unsigned seed, Peer& peer);

/// Runs every file named on the command line in every cut it allows. Exit code.
int transcript_main(int argc, char** argv, Side under_test, const PeerFactory& make);

}  // namespace restante::transcripts
