#include "base/result.hpp"

#include <cerrno>
#include <cstring>

namespace restante {

const char* to_string(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::invalid: return "invalid";
        case ErrorKind::not_found: return "not_found";
        case ErrorKind::already_exists: return "already_exists";
        case ErrorKind::denied: return "denied";
        case ErrorKind::unauthenticated: return "unauthenticated";
        case ErrorKind::busy: return "busy";
        case ErrorKind::too_large: return "too_large";
        case ErrorKind::over_quota: return "over_quota";
        case ErrorKind::no_space: return "no_space";
        case ErrorKind::io: return "io";
        case ErrorKind::corrupt: return "corrupt";
        case ErrorKind::newer_version: return "newer_version";
        case ErrorKind::timeout: return "timeout";
        case ErrorKind::cancelled: return "cancelled";
        case ErrorKind::unavailable: return "unavailable";
        case ErrorKind::protocol: return "protocol";
        case ErrorKind::tls: return "tls";
        case ErrorKind::unsupported: return "unsupported";
        case ErrorKind::internal: return "internal";
    }
    return "internal";
}

namespace {
Retry retry_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::busy:
        case ErrorKind::over_quota:
        case ErrorKind::no_space:
        case ErrorKind::io:
        case ErrorKind::timeout:
        case ErrorKind::cancelled:
        case ErrorKind::unavailable: return Retry::later;
        default: return Retry::never;
    }
}

ErrorKind kind_of(int number) {
    switch (number) {
        case ENOSPC:
        case EDQUOT: return ErrorKind::no_space;
        case ENOENT: return ErrorKind::not_found;
        case EEXIST: return ErrorKind::already_exists;
        case EACCES:
        case EPERM:
        case EROFS: return ErrorKind::denied;
        case EMFILE:
        case ENFILE:
        case EAGAIN: return ErrorKind::unavailable;
        case ETIMEDOUT: return ErrorKind::timeout;
        case ECONNREFUSED:
        case EHOSTUNREACH:
        case ENETUNREACH: return ErrorKind::unavailable;
        default: return ErrorKind::io;
    }
}
}  // namespace

tl::unexpected<Error> fail(ErrorKind kind, std::string detail) {
    return tl::unexpected<Error>(Error{kind, std::move(detail), retry_of(kind)});
}

Error errno_error(int number, const std::string& what) {
    const ErrorKind kind = kind_of(number);
    return Error{kind, what + ": " + std::strerror(number), retry_of(kind)};
}

}  // namespace restante
