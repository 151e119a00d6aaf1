#include "net/bind.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"

namespace restante::net {
namespace {

Result<Address> ip_bind(std::string_view host, std::uint16_t port, const std::string& text) {
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (const auto address = Address::parse_ip(host == "localhost" ? "127.0.0.1" : host, port)) return *address;
    return fail(ErrorKind::invalid,
                "\"" + text + "\" has no IP address before its port; write 127.0.0.1:" + std::to_string(port) +
                    ", [::1]:" + std::to_string(port) + " or *:" + std::to_string(port));
}

/// True if a process answers on that unix socket; a dead one's file refuses connections.
bool answers(const sockaddr* address, socklen_t length) {
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected = ::connect(probe, address, length) == 0 || errno == EAGAIN;
    ::close(probe);
    return connected;
}

Error bind_error(int number, const Address& where) {
    const std::string name = where.to_string();
    if (number == EADDRINUSE) return Error{ErrorKind::already_exists, name + " is already in use", Retry::later};
    if (number == EACCES && where.family() != Address::Family::unix_path)
        return Error{ErrorKind::denied, "no right to bind " + name + ": ports below 1024 need CAP_NET_BIND_SERVICE",
                     Retry::never};
    if (number == EADDRNOTAVAIL)
        return Error{ErrorKind::invalid, name + " is not an address of this machine", Retry::never};
    return errno_error(number, "cannot bind " + name);
}

Address bound_to(int socket, const Address& where) {
    if (where.family() == Address::Family::unix_path) return where;
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &length);
    return Address::from(reinterpret_cast<const sockaddr*>(&storage), length);
}

}  // namespace

Result<std::vector<Address>> parse_bind(const std::string& text) {
    if (text.starts_with("unix:")) {
        sockaddr_un un{};
        const Address path = Address::unix_socket(text.substr(5));
        if (path.unix_path().empty() || to_sockaddr(path, &un, sizeof un) == 0)
            return fail(ErrorKind::invalid, "\"" + text + "\": the path of a unix socket has 1 to " +
                                                std::to_string(sizeof un.sun_path - 1) + " bytes");
        return std::vector{path};
    }
    const std::size_t colon = text.rfind(':');
    const auto port = parse_u64(std::string_view(text).substr(colon == std::string::npos ? text.size() : colon + 1));
    if (!port || *port > 65535)
        return fail(ErrorKind::invalid, "\"" + text + "\" does not end in a port (:0 to :65535)");
    const auto number = static_cast<std::uint16_t>(*port);
    const std::string host = text.substr(0, colon);
    if (host == "*") return std::vector{*Address::parse_ip("0.0.0.0", number), *Address::parse_ip("::", number)};
    const auto address = ip_bind(host, number, text);
    if (!address) return fail(address.error());
    return std::vector{*address};
}

std::size_t to_sockaddr(const Address& address, void* storage, std::size_t room) {
    std::memset(storage, 0, room);
    const std::string_view bytes = address.ip_bytes();
    if (address.family() == Address::Family::ipv4 && room >= sizeof(sockaddr_in)) {
        auto* in = static_cast<sockaddr_in*>(storage);
        in->sin_family = AF_INET;
        in->sin_port = htons(address.port());
        std::memcpy(&in->sin_addr, bytes.data(), bytes.size());
        return sizeof *in;
    }
    if (address.family() == Address::Family::ipv6 && room >= sizeof(sockaddr_in6)) {
        auto* in = static_cast<sockaddr_in6*>(storage);
        in->sin6_family = AF_INET6;
        in->sin6_port = htons(address.port());
        std::memcpy(&in->sin6_addr, bytes.data(), bytes.size());
        return sizeof *in;
    }
    auto* un = static_cast<sockaddr_un*>(storage);
    if (address.family() != Address::Family::unix_path || room < sizeof *un) return 0;
    if (address.unix_path().size() >= sizeof un->sun_path) return 0;
    un->sun_family = AF_UNIX;
    address.unix_path().copy(un->sun_path, sizeof un->sun_path - 1);
    return offsetof(sockaddr_un, sun_path) + address.unix_path().size() + 1;
}

Result<Bound> bind_and_listen(const Address& where, int backlog, unsigned unix_mode, bool share) {
    sockaddr_storage storage;
    const auto length = static_cast<socklen_t>(to_sockaddr(where, &storage, sizeof storage));
    const auto* address = reinterpret_cast<const sockaddr*>(&storage);
    const int socket = ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) return fail(errno_error(errno, "cannot make a socket for " + where.to_string()));
    const int on = 1;
    if (address->sa_family == AF_UNIX) {
        if (answers(address, length)) {
            ::close(socket);
            return fail(bind_error(EADDRINUSE, where));
        }
        struct stat left_over {};
        if (::lstat(where.unix_path().c_str(), &left_over) == 0 && S_ISSOCK(left_over.st_mode))
            ::unlink(where.unix_path().c_str());
    } else {
        ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (share) ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
        if (address->sa_family == AF_INET6) ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    // Nobody can connect between bind and listen, so the file's permissions are in force in time.
    const bool up = ::bind(socket, address, length) == 0 &&
                    (address->sa_family != AF_UNIX || ::chmod(where.unix_path().c_str(), unix_mode) == 0) &&
                    ::listen(socket, backlog) == 0;
    if (up) return Bound{socket, bound_to(socket, where)};
    const int number = errno;
    ::close(socket);
    return fail(bind_error(number, where));
}

void set_no_delay(int socket) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace restante::net
