// The least an SMTP server can do that does not lose what it takes: the bound that taking mail is held against.
//
//   smtp_bound PORT FILE
//
// Listens on 127.0.0.1. Takes every sender and recipient; a message is appended to FILE as it came, and answered once fdatasync has
// returned, one for all that wait. STARTTLS with TLS 1.2 or 1.3. No checks, no index, nothing to be read: what is left is the
// loopback device, the dialogue, the cipher and the disk.
#include <fcntl.h>

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>

#include "bound.hpp"

namespace {

class Log {
public:
    explicit Log(const char* path) : file_(open(path, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600)) { bound::require(file_ >= 0, "open"); }

    /// Returns when the bytes are on the disk.
    void append(std::string_view bytes) {
        std::unique_lock lock(mutex_);
        for (std::string_view left = bytes; !left.empty();) {
            const auto done = write(file_, left.data(), left.size());
            bound::require(done > 0, "write");
            left.remove_prefix(static_cast<std::size_t>(done));
        }
        const std::uint64_t mine = ++written_;
        while (synced_ < mine) {
            if (syncing_) {
                changed_.wait(lock);
                continue;
            }
            syncing_ = true;
            const std::uint64_t upto = written_;
            lock.unlock();
            bound::require(fdatasync(file_) == 0, "fdatasync");
            lock.lock();
            synced_ = upto;
            syncing_ = false;
            changed_.notify_all();
        }
    }

private:
    const int file_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t written_ = 0, synced_ = 0;
    bool syncing_ = false;
};

bool is(std::string_view line, const char* word) {
    return line.size() >= 4 && std::equal(word, word + 4, line.begin(), [](char a, char b) { return a == (b & ~0x20); });
}

/// Commands until DATA; then text up to the dot.
void talk(bound::Wire& wire, SSL_CTX* context, Log& log) {
    wire.say("220 bound ESMTP\r\n");
    std::string rest, text;
    bool in_text = false;
    for (;;) {
        if (in_text) {
            const std::size_t from = text.size() < 4 ? 0 : text.size() - 4;
            text += rest;
            rest.clear();
            const std::size_t dot = text.find("\r\n.\r\n", from);
            if (dot != std::string::npos) {
                rest = text.substr(dot + 5);
                text.resize(dot + 2);
                log.append(text);
                text.clear();
                in_text = false;
                wire.say("250 taken\r\n");
            }
        }
        if (const std::size_t end = in_text ? std::string::npos : rest.find("\r\n"); end != std::string::npos) {
            const std::string line = rest.substr(0, end);
            rest.erase(0, end + 2);
            if (is(line, "EHLO"))
                wire.say("250-bound\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 STARTTLS\r\n");
            else if (is(line, "STAR")) {
                wire.say("220 go on\r\n");
                wire.secure(context);
            } else if (is(line, "DATA")) {
                wire.say("354 go on\r\n");
                in_text = true;
                text = "\r\n";
            } else if (is(line, "QUIT"))
                return wire.say("221 bye\r\n");
            else
                wire.say("250 fine\r\n");
            continue;
        }
        const std::string_view heard = wire.hear();
        if (heard.empty()) return;
        rest += heard;
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: smtp_bound PORT FILE\n");
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    const auto context = bound::server_context();
    Log log(argv[2]);
    bound::serve_on(std::atoi(argv[1]), [&](bound::Wire& wire) { talk(wire, context.get(), log); });
}
