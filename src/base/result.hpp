#pragma once
// Result<T>: the value of an operation, or why there is none. Expected outcomes are values; exceptions mean a broken
// invariant or a failed start.
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace restante {

enum class ErrorKind {
    invalid,          // the input is malformed or not allowed
    not_found,        // the named thing does not exist
    already_exists,   // the name or key is taken
    denied,           // known who asks, but not permitted
    unauthenticated,  // credentials missing or wrong
    busy,             // held by someone else (a maildrop lease), or a limit on concurrency
    too_large,        // over a size limit
    over_quota,       // the owner's quota is used up
    no_space,         // the disk is full (ENOSPC, EDQUOT)
    io,               // the disk or network failed (EIO, reset connection)
    corrupt,          // stored data fails its checks
    newer_version,    // stored data was written by a newer program
    timeout,          // a deadline passed
    cancelled,        // shutdown or the caller gave up
    unavailable,      // a service this depends on is not there now
    protocol,         // the peer broke its protocol
    tls,              // handshake or certificate verification failed
    unsupported,      // valid, but not offered here
    internal,         // a fault of this program
};

/// Stable lower-case name of a kind, used in logs and in problem+json ("not_found").
const char* to_string(ErrorKind kind);

enum class Retry { never, later };

/// detail: one sentence for a person: what happened, to what. No trailing full stop, never a secret.
struct Error {
    ErrorKind kind = ErrorKind::internal;
    std::string detail;
    Retry retry = Retry::never;
};

template <class T = void>
using Result = tl::expected<T, Error>;

/// `return fail(ErrorKind::not_found, "no account named bob");`. Kinds that pass by themselves (busy, no_space, io,
/// timeout, cancelled, unavailable, over_quota) get Retry::later.
tl::unexpected<Error> fail(ErrorKind kind, std::string detail);

/// `return fail(std::move(result.error()));`: hands an error on to a Result of another type.
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

/// The error for a failed system call: kind from errno, detail "what: strerror".
Error errno_error(int number, const std::string& what);

}  // namespace restante
