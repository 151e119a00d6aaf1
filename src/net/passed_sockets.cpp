#include "net/passed_sockets.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/text.hpp"

namespace restante::net {
namespace {

constexpr int kFirst = 3;             // SD_LISTEN_FDS_START
constexpr std::uint64_t kMost = 256;  // more than anyone has addresses

int option(int socket, int level, int name) {
    int value = 0;
    socklen_t length = sizeof value;
    return ::getsockopt(socket, level, name, &value, &length) == 0 ? value : -1;
}

bool is_listening_stream(int socket) {
    return option(socket, SOL_SOCKET, SO_TYPE) == SOCK_STREAM && option(socket, SOL_SOCKET, SO_ACCEPTCONN) == 1;
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

}  // namespace

PassedSockets::~PassedSockets() {
    for (const Passed& one : sockets_) ::close(one.socket);
}

std::vector<std::string> PassedSockets::take_from_environment() {
    std::vector<std::string> complaints;
    const auto process = parse_u64(variable("LISTEN_PID"));
    const auto count = parse_u64(variable("LISTEN_FDS"));
    const std::string text = variable("LISTEN_FDNAMES");
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
    if (!process || *process != static_cast<std::uint64_t>(::getpid()) || !count || *count > kMost) return complaints;
    const auto names = split(text, ':');
    for (std::size_t i = 0; i < *count; ++i) {
        const int socket = kFirst + static_cast<int>(i);
        const std::string name = i < names.size() && !names[i].empty() ? std::string(names[i]) : "unknown";
        if (is_listening_stream(socket))
            add(socket, name);
        else
            complaints.push_back("descriptor " + std::to_string(socket) + " (" + escape_for_log(name, 80) +
                                 ") is not a listening stream socket");
    }
    return complaints;
}

void PassedSockets::add(int socket, std::string name) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &length);
    ::fcntl(socket, F_SETFD, FD_CLOEXEC);
    const Address address = Address::from(reinterpret_cast<const sockaddr*>(&storage), length);
    const bool both = storage.ss_family == AF_INET6 && option(socket, IPPROTO_IPV6, IPV6_V6ONLY) == 0;
    sockets_.push_back({socket, std::move(name), address, both, {}});
}

Result<std::optional<PassedSockets::Taken>> PassedSockets::take(const Address& where) const {
    const std::scoped_lock lock(mutex_);
    for (const Passed& one : sockets_) {
        if (!(one.address == where)) continue;
        if (!one.user.expired()) return fail(ErrorKind::already_exists, where.to_string() + " is already in use");
        const int own = ::fcntl(one.socket, F_DUPFD_CLOEXEC, 0);
        if (own < 0) return fail(errno_error(errno, "cannot take the socket passed for " + where.to_string()));
        ::fcntl(own, F_SETFL, ::fcntl(own, F_GETFL) | O_NONBLOCK);
        auto hold = std::make_shared<const char>('\0');
        one.user = hold;
        return Taken{own, std::move(hold)};
    }
    return std::optional<Taken>();
}

bool PassedSockets::covers(const Address& where) const {
    if (where.family() != Address::Family::ipv4 || where.ip() != "0.0.0.0") return false;
    for (const Passed& one : sockets_)
        if (one.both_families && one.address.port() == where.port() && one.address.ip() == "::") return true;
    return false;
}

}  // namespace restante::net
