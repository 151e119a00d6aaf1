#pragma once
// Checks logins for the services: passwords, and what the mechanisms need that send none.
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "directory/directory.hpp"
#include "login/guess_guard.hpp"
#include "login/options.hpp"
#include "net/task.hpp"
#include "net/work_pool.hpp"
#include "sasl/server.hpp"

namespace restante::login {

class Introspection;

/// A mechanism that works with the settings of now.
struct Offer {
    std::string name;
    bool sends_password = true;
    bool needs_tls = false;  // it binds to the TLS connection
};

/// Of one service, for as long as its settings hold. Thread-safe; the references must outlive it.
class Doorkeeper {
public:
    /// passwords: where hashing, Kerberos and look-ups of host names may block. invalid: the introspection URL or its
    /// authorities.
    static Result<std::shared_ptr<Doorkeeper>> make(directory::Directory& directory, net::WorkPool& passwords,
                                                    GuessGuard& guard, Log& log, Options options);
    ~Doorkeeper();
    Doorkeeper(const Doorkeeper&) = delete;
    Doorkeeper& operator=(const Doorkeeper&) = delete;

    /// Of these mechanisms those that can succeed, in the same order, each once: without an introspection endpoint no
    /// OAuth, without a readable keytab no GSSAPI. Names without case.
    std::vector<Offer> offered(const std::vector<std::string>& names) const;

    /// USER and PASS, PLAIN, LOGIN. Waits where the guard says so. Errors as directory::Directory::verify; busy: too
    /// many guess, nothing was looked at.
    net::Task<Result<directory::Login>> verify(std::string name, std::string password, directory::LoginContext context);
    /// RFC 1939 7. The same error, text and time for an unknown name, an account without a shared secret and a wrong
    /// digest.
    net::Task<Result<directory::Login>> verify_apop(std::string name, std::string stamp, std::string digest,
                                                    directory::LoginContext context);
    /// A refused login is to be told after this long. Nothing for errors that say nothing about the credentials.
    std::chrono::milliseconds refused(const Error& error, std::string_view name,
                                      const directory::LoginContext& context);

private:
    friend class Exchange;
    Doorkeeper(directory::Directory& directory, net::WorkPool& passwords, GuessGuard& guard, Options options);
    /// Until the guard lets a login be looked at; did it have to wait? busy: it does not.
    net::Task<Result<bool>> admitted(std::string name, directory::LoginContext context);
    Result<directory::Login> noted(Result<directory::Login> login, std::string_view name,
                                   const directory::LoginContext& context);
    bool has_keytab() const;

    directory::Directory& directory_;
    net::WorkPool& passwords_;
    GuessGuard& guard_;
    const Options options_;
    const SystemClock clock_;
    std::unique_ptr<Introspection> introspection_;  // null: no OAuth
};

}  // namespace restante::login
