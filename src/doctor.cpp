#include "doctor.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/text.hpp"
#include "config_values.hpp"
#include "data_directory.hpp"
#include "db/database.hpp"
#include "directory/roles.hpp"
#include "listeners.hpp"
#include "net/address.hpp"
#include "net/tls_context.hpp"
#include "paths.hpp"

namespace restante::doctor {
namespace {
constexpr std::uint64_t kLittleSpace = 1ULL << 30;   // bytes; below: warn
constexpr std::uint64_t kNoSpace = 64ULL << 20;      // bytes; below: fail
constexpr auto kExpiresSoon = std::chrono::days(14);
constexpr rlim_t kFewDescriptors = 4096;

Finding ok(std::string check, std::string found) { return {State::ok, std::move(check), std::move(found), {}}; }
Finding warn(std::string check, std::string found, std::string advice) {
    return {State::warn, std::move(check), std::move(found), std::move(advice)};
}
Finding failed(std::string check, std::string found, std::string advice) {
    return {State::fail, std::move(check), std::move(found), std::move(advice)};
}

// A wildcard certificate name covers one label (RFC 6125 6.4.3).
bool covers(const std::string& name, const std::string& host) {
    if (iequals(name, host)) return true;
    const auto dot = host.find('.');
    return name.starts_with("*.") && dot != std::string::npos && iequals(name.substr(1), host.substr(dot));
}

// errno of binding there, 0 if it is free.
int try_bind(const net::Address& address) {
    const bool six = address.family() == net::Address::Family::ipv6;
    const int fd = ::socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    const int one = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    int error = EADDRNOTAVAIL;
    if (::getaddrinfo(address.ip().c_str(), fmt::format("{}", address.port()).c_str(), &hints, &found) == 0) {
        error = ::bind(fd, found->ai_addr, found->ai_addrlen) == 0 ? 0 : errno;
        ::freeaddrinfo(found);
    }
    ::close(fd);
    return error;
}

bool server_runs(const std::string& data_directory) {
    const auto lock = DataDirectory::open_existing(data_directory);
    return !lock && lock.error().kind == ErrorKind::busy;
}

Finding check_store(const Config& config, bool runs,
                    const std::function<Result<std::string>(const Config&)>& verify_store) {
    if (runs) return ok("store", "in use by a running server; stop it for a full check");
    if (!std::filesystem::exists(config.server.data_directory)) return ok("store", "none yet; the first start makes it");
    const auto verified = verify_store(config);
    if (verified) return ok("store", *verified);
    return failed("store", verified.error().detail, "run `restante store verify`; if it stays, restore the last backup (docs/operations.md)");
}

std::string listed(const std::vector<std::string>& words, std::size_t most) {
    std::string out;
    for (std::size_t i = 0; i < words.size() && i < most; ++i) out += (i == 0 ? "" : ", ") + words[i];
    return words.size() > most ? out + fmt::format(" and {} more", words.size() - most) : out;
}
}  // namespace

const char* to_string(State state) {
    switch (state) {
        case State::ok: return "ok";
        case State::warn: return "warn";
        case State::fail: return "fail";
    }
    return "";
}

Finding check_hostname(const std::string& hostname) {
    const std::string check = "host name";
    if (hostname.find('.') == std::string::npos)
        return warn(check, fmt::format("\"{}\" has no domain", hostname), "set [server] hostname to the full name of this host in DNS");
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(hostname.c_str(), nullptr, &hints, &found);
    if (code != 0)
        return warn(check, fmt::format("{} does not resolve: {}", hostname, ::gai_strerror(code)),
                    "give the name an A or AAAA record, and an MX record to each mail domain");
    const std::string address = net::Address::from(found->ai_addr, found->ai_addrlen).ip();
    ::freeaddrinfo(found);
    return ok(check, fmt::format("{} is {}", hostname, address));
}

Finding check_certificate(const std::string& certificate_file, const std::string& key_file, const std::string& hostname, Timestamp now) {
    const std::string check = "certificate";
    std::error_code code;
    if (!std::filesystem::exists(certificate_file, code)) return ok(check, "none yet; the first start makes a self-signed one");
    const auto context = net::TlsServerContext::load(certificate_file, key_file);
    if (!context) return failed(check, context.error().detail, "put a valid pair into [tls] certificate and key");
    const auto left = (*context)->not_after() - std::chrono::floor<std::chrono::seconds>(now);
    const auto days = std::chrono::floor<std::chrono::days>(left).count();
    if (left.count() <= 0) return failed(check, certificate_file + " has expired", "renew it, then send SIGHUP to the server");
    if (left < kExpiresSoon)
        return warn(check, fmt::format("{} expires in {} days", certificate_file, days), "renew it, then send SIGHUP to the server");
    const auto& names = (*context)->names();
    if (std::ranges::none_of(names, [&](const std::string& name) { return covers(name, hostname); }))
        return warn(check, fmt::format("{} is not for {}", certificate_file, hostname), "get one that names this host, or correct [server] hostname");
    return ok(check, fmt::format("for {}, {} days left", hostname, days));
}

Finding check_disk(std::uint64_t free_bytes, std::uint64_t total_bytes, const std::string& path) {
    const std::string found = fmt::format("{} of {} free at {}", human_bytes(free_bytes), human_bytes(total_bytes), path);
    if (free_bytes < kNoSpace) return failed("disk", found, "free space now: new mail is refused with 452 until there is some");
    if (free_bytes < kLittleSpace || free_bytes < total_bytes / 20) return warn("disk", found, "free space soon");
    return ok("disk", found);
}

Finding check_folder(const std::string& path) {
    const std::string check = "data directory";
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        if (errno == ENOENT) return ok(check, path + " is not there yet; the first start makes it");
        return failed(check, errno_error(errno, path).detail, "run as the user the server runs as");
    }
    if (!S_ISDIR(status.st_mode)) return failed(check, path + " is not a directory", "name a directory in [server] data_directory");
    if ((status.st_mode & 077U) != 0)
        return failed(check, fmt::format("{} is open to others (mode {:o})", path, status.st_mode & 07777U), "chmod 700 " + path);
    if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0)
        return failed(check, path + " cannot be written by this user", "run as the user the server runs as, or correct the owner");
    return ok(check, path);
}

Finding check_port(const std::string& service, const std::string& bind, bool server_runs) {
    const std::string check = fmt::format("port {} {}", service, bind);
    const auto endpoint = parse_endpoint(bind);
    if (!endpoint) return failed(check, endpoint.error().detail, "correct the configuration");
    if (endpoint->port == 0) return ok(check, "chosen by the system");
    const auto address = net::Address::parse_ip(endpoint->address == "*" ? "0.0.0.0" : endpoint->address, endpoint->port);
    if (!address) return failed(check, "not an address", "correct the configuration");
    switch (const int error = try_bind(*address)) {
        case 0: return server_runs ? warn(check, "free, although the server runs", "restart the server to use this port") : ok(check, "free");
        case EADDRINUSE:
            if (server_runs) return ok(check, "in use, a server runs on this data directory");
            return failed(check, "in use by another program", fmt::format("find it with `ss -ltnp 'sport = :{}'`, or choose another port", endpoint->port));
        case EACCES:
            return failed(check, "no right to bind", "start as root with [server] user, or grant CAP_NET_BIND_SERVICE, or use a port from 1024 on");
        default: return failed(check, errno_error(error, "bind").detail, "name an address of this machine");
    }
}

Finding check_clock() {
    timex status{};
    if (::adjtimex(&status) < 0) return warn("clock", "its state is not known", "make sure that time is synchronised (NTP)");
    if ((status.status & STA_UNSYNC) != 0) return warn("clock", "not synchronised", "run an NTP client, such as systemd-timesyncd or chrony");
    return ok("clock", "synchronised");
}

Finding check_descriptors() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const std::string found = fmt::format("up to {} open files", limit.rlim_max);
    if (limit.rlim_max < kFewDescriptors) return warn("open files", found, "raise the limit (LimitNOFILE=), each connection needs one");
    return ok("open files", found);
}

Finding check_postmaster(const std::string& database_file, const directory::Options& options) {
    const std::string check = "postmaster";
    std::error_code code;
    if (!std::filesystem::exists(database_file, code)) return ok(check, "no domains yet");
    db::SqliteOptions sqlite;
    sqlite.path = database_file;
    sqlite.read_only = true;
    auto database = db::open_sqlite(sqlite);
    if (!database) return warn(check, database.error().detail, "run as the user the server runs as");
    const auto bare = directory::domains_without_postmaster(**database, options);
    if (!bare) return warn(check, bare.error().detail, "start this version of the server once, and try again");
    if (bare->empty()) return ok(check, "every domain takes mail for postmaster@");
    return warn(check, "postmaster@ leads nowhere in " + listed(*bare, 5),
                fmt::format("it must be taken (RFC 5321 4.5.1): `restante alias set postmaster@{} ACCOUNT`", bare->front()));
}

std::vector<Finding> examine(const Config& config, const Clock& clock,
                             const std::function<Result<std::string>(const Config&)>& verify_store) {
    const std::string& data = config.server.data_directory;
    const Paths paths(config);
    const bool runs = server_runs(data);
    std::vector<Finding> findings{check_folder(data)};
    struct statvfs space {};
    const std::string existing = std::filesystem::exists(data) ? data : "/";
    if (::statvfs(existing.c_str(), &space) == 0)
        findings.push_back(check_disk(space.f_bavail * space.f_frsize, space.f_blocks * space.f_frsize, existing));
    for (const ListenerPlan& plan : planned_listeners(config))
        for (const std::string& bind : plan.binds) findings.push_back(check_port(plan.name, bind, runs));
    const std::string hostname = effective_hostname(config);
    findings.push_back(check_certificate(paths.certificate, paths.key, hostname, clock.now()));
    findings.push_back(check_hostname(hostname));
    if (verify_store) findings.push_back(check_store(config, runs, verify_store));
    findings.push_back(check_postmaster(paths.database, config.directory));
    findings.push_back(check_clock());
    findings.push_back(check_descriptors());
    return findings;
}

}  // namespace restante::doctor
