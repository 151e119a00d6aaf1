#pragma once
// Certificates and rules of TLS: made once, shared by many streams, replaced while the server runs. OpenSSL 3.
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "net/dns.hpp"

struct ssl_ctx_st;

namespace restante::net {

enum class TlsVersion { tls1_0, tls1_1, tls1_2, tls1_3 };

struct TlsServerOptions {
    std::string certificate_chain_pem{};    // leaf first
    std::string private_key_pem{};          // unencrypted PKCS#8, SEC1 or PKCS#1
    TlsVersion least = TlsVersion::tls1_2;  // below 1.2 also lowers OpenSSL's security level, for this context only
    std::string ciphers{};                  // OpenSSL list for TLS <= 1.2; empty: ECDHE with AES-GCM or ChaCha20
    bool session_tickets = true;            // resumption (RFC 8446 2.2, RFC 5077)
    /// Shown instead to clients that ask for one of their names, if the own certificate does not have it (SNI, RFC 6066
    /// 3). Only their certificates count, not their rules.
    std::vector<std::shared_ptr<const class TlsServerContext>> others{};
};

/// Immutable; streams hold it as long as they need it. Any thread.
class TlsServerContext {
public:
    /// invalid: what is wrong with the certificate or the key, in one sentence.
    static Result<std::shared_ptr<const TlsServerContext>> make(const TlsServerOptions& options);
    /// The same with PEM files; the error names the file.
    static Result<std::shared_ptr<const TlsServerContext>> load(const std::string& chain_file,
                                                                const std::string& key_file,
                                                                TlsServerOptions options = {});
    ~TlsServerContext();
    TlsServerContext(const TlsServerContext&) = delete;
    TlsServerContext& operator=(const TlsServerContext&) = delete;

    /// Lower-case hex SHA-256 of the leaf certificate (DER).
    const std::string& fingerprint() const { return fingerprint_; }
    /// DNS names and addresses of the leaf.
    const std::vector<std::string>& names() const { return names_; }
    std::chrono::sys_seconds not_after() const { return not_after_; }
    /// Is the certificate for this host? A wildcard stands for one label (RFC 6125 6.4.3); case does not matter.
    bool is_for(std::string_view host, bool exactly = false) const;
    ssl_ctx_st* native() const { return ctx_; }

private:
    explicit TlsServerContext(ssl_ctx_st* ctx) : ctx_(ctx) {}
    friend struct ServerNames;
    ssl_ctx_st* ctx_;
    std::vector<std::shared_ptr<const TlsServerContext>> others_;
    std::string fingerprint_;
    std::vector<std::string> names_;
    std::chrono::sys_seconds not_after_;
};

/// The context now in force; replacing it touches no session that is under way. Any thread.
class LiveTlsContext {
public:
    explicit LiveTlsContext(std::shared_ptr<const TlsServerContext> now) : now_(std::move(now)) {}
    std::shared_ptr<const TlsServerContext> get() const {
        const std::scoped_lock lock(mutex_);
        return now_;
    }
    void set(std::shared_ptr<const TlsServerContext> next) {
        const std::scoped_lock lock(mutex_);
        now_.swap(next);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const TlsServerContext> now_;
};

/// How a server's certificate is judged. Default: chain to the system's authorities and host name.
struct TlsClientOptions {
    std::string ca_file{};  // PEM authorities instead of the system's; empty: the system's
    std::string ca_pem{};   // the same as text
    std::string
        pinned_sha256{};    // hex of the leaf's SHA-256 (colons allowed): only it is accepted, name and chain not asked
    bool insecure = false;  // accepts any certificate; only where a person chose it
    TlsVersion least = TlsVersion::tls1_2;
    TlsVersion most = TlsVersion::tls1_3;
    /// One of these must match (RFC 7672 3.1): usages 2 and 3 only, the others are passed over. Instead of authorities;
    /// with usage 3 the name is not asked either.
    std::vector<TlsaRecord> dane{};
};

class TlsClientContext {
public:
    static Result<std::shared_ptr<const TlsClientContext>> make(const TlsClientOptions& options);
    ~TlsClientContext();
    TlsClientContext(const TlsClientContext&) = delete;
    TlsClientContext& operator=(const TlsClientContext&) = delete;

    const std::vector<TlsaRecord>& dane() const { return dane_; }
    bool verifies_chain() const { return !insecure_ && pin_.empty(); }
    const std::string& pin() const { return pin_; }  // lower-case hex or empty
    ssl_ctx_st* native() const { return ctx_; }

private:
    explicit TlsClientContext(ssl_ctx_st* ctx) : ctx_(ctx) {}
    ssl_ctx_st* ctx_;
    std::string pin_;
    std::vector<TlsaRecord> dane_;
    bool insecure_ = false;
};

struct CertificateAndKey {
    std::string certificate_pem;
    std::string private_key_pem;
};

/// ECDSA P-256, self-signed, valid from an hour ago for that many days, for these DNS names or IP addresses (the first
/// is also the subject). For the first start and for tests. invalid if there is no name.
Result<CertificateAndKey> make_self_signed(const std::vector<std::string>& names, int days);

}  // namespace restante::net
