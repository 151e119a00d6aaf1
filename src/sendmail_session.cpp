// The sending side of the sendmail command: one SMTP session over a unix socket, or a wire to it (-bs).
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <utility>

#include "base/text.hpp"
#include "sendmail.hpp"
#include "smtp/client_machine.hpp"

namespace restante::sendmail {
namespace {

constexpr std::size_t kMostInput = 64U << 20;  // octets of a message, held in memory
constexpr unsigned kPatience = 60;             // seconds for the greeting
constexpr const char* kHelp =
    "usage: sendmail [OPTION...] [RECIPIENT...] <MESSAGE\n"
    "\n"
    "Hands a message to the running server. Recipients need a domain, but for root and postmaster.\n"
    "\n"
    "  -t            recipients of the message's To, Cc and Bcc, too; Bcc is taken out\n"
    "  -f, -r ADDR   the sender, to whom reports go; -f \"\": nobody\n"
    "  -F NAME       the sender's name, for a message without From\n"
    "  -i, -oi       a line with a dot alone does not end the message\n"
    "  -bs           speak SMTP on standard input and output\n"
    "  --socket PATH where the server listens\n"
    "\n"
    "Other options of sendmail programs are taken and have no meaning here.\n";

class Socket {
public:
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { ::close(descriptor_); }
    int descriptor() const { return descriptor_; }
    bool write_all(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    /// Empty at the end, after an error, or when nothing comes for that long.
    std::string read_some(unsigned seconds) {
        if (!read_ahead_.empty()) return std::exchange(read_ahead_, {});
        pollfd wanted{descriptor_, POLLIN, 0};
        if (::poll(&wanted, 1, static_cast<int>(seconds) * 1000) <= 0) return {};
        char buffer[16 * 1024];
        const ssize_t n = ::recv(descriptor_, buffer, sizeof buffer, 0);
        return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
    }

    /// What the server calls itself in its greeting, which is still there to be read; empty if it says nothing.
    std::string name_in_greeting(unsigned seconds) {
        std::string heard;
        while (heard.find('\n') == std::string::npos && heard.size() < 4096) {
            const std::string more = read_some(seconds);
            if (more.empty()) break;
            heard += more;
        }
        read_ahead_ = heard;
        const std::size_t begin = heard.find(' ');
        if (!heard.starts_with("220") || begin == std::string::npos) return {};
        return heard.substr(begin + 1, heard.find_first_of(" \r\n", begin + 1) - begin - 1);
    }

private:
    const int descriptor_;
    std::string read_ahead_;
};

int sendmail_fails(const std::string& what, int code) {
    std::fprintf(stderr, "sendmail: %s\n", what.c_str());
    return code;
}

int connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return -1;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor >= 0 && ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return descriptor;
    if (descriptor >= 0) ::close(descriptor);
    return -1;
}

/// The user at the server's own name, where root is its postmaster.
std::string own_address(const std::string& server_name) {
    const passwd* user = ::getpwuid(::getuid());
    return (user != nullptr ? std::string(user->pw_name) : std::to_string(::getuid())) + "@" +
           (server_name.empty() ? "localhost" : to_lower(server_name));
}

/// Standard input as a whole; false over the limit.
bool read_input(std::string& text) {
    char buffer[64 * 1024];
    for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, stdin)) > 0;) {
        if (text.size() + n > kMostInput) return false;
        text.append(buffer, n);
    }
    return std::ferror(stdin) == 0;
}

/// The worst that became of a recipient, as an exit code.
int exit_of(const std::vector<smtp::RecipientOutcome>& outcomes, const message::Envelope& envelope) {
    int code = ok;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const smtp::RecipientOutcome& one = outcomes[i];
        if (one.kind == smtp::RecipientOutcome::Kind::delivered) continue;
        std::fprintf(stderr, "sendmail: %s: %s\n", envelope.recipients[i].address.to_string().c_str(),
                     escape_for_log(one.reply.text).c_str());
        const bool later = one.kind == smtp::RecipientOutcome::Kind::temporary;
        const bool nobody = one.reply.enhanced.subject == 1;
        if (code == ok || later) code = later ? try_again : nobody ? no_user : unavailable;
    }
    return code;
}

int send(Socket& socket, const Mail& mail) {
    smtp::ClientOptions options;
    options.tls = smtp::ClientOptions::Tls::never;
    smtp::ClientMachine machine(options);
    bool begun = false, finished = false;
    int code = try_again;
    for (;;) {
        smtp::ClientStep step = machine.next();
        if (const auto* out = std::get_if<smtp::Send>(&step)) {
            if (!socket.write_all(out->bytes))
                machine.lost({ErrorKind::io, "the server has closed the connection", Retry::later});
        } else if (std::holds_alternative<smtp::NeedInput>(step)) {
            const std::string bytes = socket.read_some(machine.timeout());
            if (bytes.empty()) machine.lost({ErrorKind::io, "the server says nothing more", Retry::later});
            machine.receive(bytes);
        } else if (std::holds_alternative<smtp::Ready>(step)) {
            if (begun) {
                machine.quit();
                continue;
            }
            begun = true;
            const bool eight_bit =
                std::ranges::any_of(mail.text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
            machine.begin({mail.envelope, mail.text.size(), eight_bit});
        } else if (std::holds_alternative<smtp::NeedData>(step)) {
            machine.data(mail.text);
            machine.end_data();
        } else if (std::holds_alternative<smtp::Finished>(step)) {
            code = exit_of(machine.outcomes(), mail.envelope);
            finished = true;
            machine.quit();
        } else if (const auto* broken = std::get_if<smtp::Broken>(&step)) {
            return finished ? code : sendmail_fails(broken->error.detail, try_again);
        } else if (std::holds_alternative<smtp::Close>(step)) {
            return code;
        }
    }
}

/// -bs: what the caller says goes to the server, and back.
int be_a_wire(Socket& socket) {
    pollfd ends[2] = {{STDIN_FILENO, POLLIN, 0}, {socket.descriptor(), POLLIN, 0}};
    char buffer[16 * 1024];
    for (;;) {
        if (::poll(ends, 2, -1) < 0 && errno != EINTR) return io_error;
        if (ends[1].revents != 0) {
            const ssize_t n = ::recv(socket.descriptor(), buffer, sizeof buffer, 0);
            if (n <= 0) return ok;
            if (std::fwrite(buffer, 1, static_cast<std::size_t>(n), stdout) != static_cast<std::size_t>(n))
                return io_error;
            std::fflush(stdout);
        }
        if (ends[0].revents != 0) {
            const ssize_t n = ::read(STDIN_FILENO, buffer, sizeof buffer);
            if (n > 0 && !socket.write_all({buffer, static_cast<std::size_t>(n)})) return io_error;
            if (n <= 0) {
                ::shutdown(socket.descriptor(), SHUT_WR);
                ends[0].fd = -1;
            }
        }
    }
}

}  // namespace

int run(const std::vector<std::string>& words) {
    if (words.size() == 1 && words.front() == "--help") return std::fputs(kHelp, stdout) < 0 ? io_error : ok;
    const auto arguments = parse_arguments(words);
    if (!arguments) return sendmail_fails(arguments.error().detail, usage);
    std::string text;
    if (!arguments->talk_smtp && !read_input(text))
        return sendmail_fails("the message cannot be read, or is larger than 64 MiB", data_error);
    const int descriptor = connect_to(arguments->socket);
    if (descriptor < 0)
        return sendmail_fails("cannot connect to " + arguments->socket + " (" + std::strerror(errno) +
                            "); an administrator makes it with: restante connector add local listen=unix:" +
                            arguments->socket + " authentication=external permissions=partners",
                        try_again);
    Socket socket(descriptor);
    if (arguments->talk_smtp) return be_a_wire(socket);
    const auto mail = prepare(*arguments, std::move(text), own_address(socket.name_in_greeting(kPatience)));
    if (!mail) return sendmail_fails(mail.error().detail, usage);
    return send(socket, *mail);
}

}  // namespace restante::sendmail
