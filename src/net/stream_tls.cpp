#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/text.hpp"
#include "net/stream_impl.hpp"
#include "net/tls_context.hpp"

namespace restante::net {
namespace {

Task<Result<>> run_handshake(Stream::Impl& s) {
    for (;;) {
        if (s.ended) co_return fail(*s.ended);
        const Step step = s.tls->handshake();
        if (step.error) co_return fail(*step.error);
        if (step.want == Want::nothing) co_return Result<>{};
        const auto [failed] = co_await s.ready(step.want);
        s.tls->expect_data();
        if (failed) co_return fail(s.why(failed));
    }
}

/// Whom the certificate must name: set before the handshake, checked by OpenSSL during it.
void expect_name(SSL* ssl, const std::string& host) {
    X509_VERIFY_PARAM* rules = SSL_get0_param(ssl);
    const bool literal = Address::parse_ip(host).has_value();
    if (literal) {
        X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str());
    } else {
        SSL_set_tlsext_host_name(ssl, host.c_str());
        X509_VERIFY_PARAM_set1_host(rules, host.c_str(), host.size());
        X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    }
}

/// RFC 7672 3.1.1. False if none of the records can be used.
bool expect_dane(SSL* ssl, const std::string& host, const std::vector<TlsaRecord>& records) {
    if (SSL_dane_enable(ssl, host.c_str()) != 1) return false;
    SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    bool usable = false;
    for (const TlsaRecord& record : records) {
        if (record.usage != 2 && record.usage != 3) continue;
        usable |= SSL_dane_tlsa_add(ssl, record.usage, record.selector, record.matching,
                                    reinterpret_cast<const unsigned char*>(record.data.data()), record.data.size()) > 0;
    }
    return usable;
}

Error explained(SSL* ssl, Error error, const std::string& host) {
    const long verdict = SSL_get_verify_result(ssl);
    if (error.kind == ErrorKind::tls && verdict != X509_V_OK)
        error.detail = "the certificate of " + host + " is not accepted: " + X509_verify_cert_error_string(verdict) +
                       " (its SHA-256 is " + peer_fingerprint(ssl) + ")";
    return error;
}

}  // namespace

Task<Result<>> Stream::start_tls_server(std::shared_ptr<const TlsServerContext> context) {
    Impl& s = *impl_;
    if (s.tls) co_return fail(ErrorKind::internal, "TLS is already on");
    auto engine = TlsEngine::make(context->native(), s.descriptor.native_handle(), true);
    if (!engine) co_return fail(engine.error());
    s.tls = std::move(*engine);
    co_return co_await run_handshake(s);
}

Task<Result<>> Stream::start_tls_client(std::shared_ptr<const TlsClientContext> context, std::string host) {
    Impl& s = *impl_;
    if (s.tls) co_return fail(ErrorKind::internal, "TLS is already on");
    auto engine = TlsEngine::make(context->native(), s.descriptor.native_handle(), false);
    if (!engine) co_return fail(engine.error());
    s.tls = std::move(*engine);
    SSL* ssl = s.tls->native();
    expect_name(ssl, host);
    if (!context->dane().empty() && !expect_dane(ssl, host, context->dane()))
        co_return fail(ErrorKind::tls, "no TLSA record of " + host + " can be used");
    SSL_set_verify(ssl, context->verifies_chain() ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (auto shaken = co_await run_handshake(s); !shaken) co_return fail(explained(ssl, shaken.error(), host));
    // The handshake has proved that the peer owns the key of this certificate; nothing was sent under it yet.
    if (!context->pin().empty() && peer_fingerprint(ssl) != context->pin())
        co_return fail(ErrorKind::tls, "the certificate of " + host + " is not the pinned one: its SHA-256 is " +
                                           peer_fingerprint(ssl));
    co_return Result<>{};
}

bool Stream::is_tls() const { return impl_->tls != nullptr; }
CertificateVerdict Stream::certificate_verdict() const {
    using Fault = CertificateVerdict::Fault;
    if (!impl_->tls) return {};
    const long verdict = SSL_get_verify_result(impl_->tls->native());
    if (verdict == X509_V_OK) return {};
    CertificateVerdict out{Fault::untrusted, X509_verify_cert_error_string(verdict)};
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
        out.fault = Fault::other_name;
    if (verdict == X509_V_ERR_CERT_HAS_EXPIRED) out.fault = Fault::expired;
    if (verdict == X509_V_ERR_DANE_NO_MATCH) out.fault = Fault::no_tlsa_match;
    return out;
}

TlsInfo Stream::tls_info() const { return describe_tls(impl_->tls->native()); }

std::string Stream::tls_exporter(std::string_view label, std::size_t length) const {
    if (!impl_->tls) return "";
    std::string out(length, '\0');
    const int done = SSL_export_keying_material(impl_->tls->native(), reinterpret_cast<unsigned char*>(out.data()),
                                                length, label.data(), label.size(), nullptr, 0, 0);
    return done == 1 ? out : "";
}

std::string Stream::tls_server_end_point() const {
    if (!impl_->tls) return "";
    SSL* ssl = impl_->tls->native();
    const X509* certificate = SSL_is_server(ssl) ? SSL_get_certificate(ssl) : SSL_get0_peer_certificate(ssl);
    int digest = NID_undef;
    if (!certificate || OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest, nullptr) != 1) return "";
    // RFC 5929 4.1: MD5 and SHA-1 are replaced by SHA-256; so are signatures without a hash of their own.
    if (digest == NID_md5 || digest == NID_sha1 || digest == NID_undef) digest = NID_sha256;
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (X509_digest(certificate, EVP_get_digestbynid(digest), hash, &length) != 1) return "";
    return std::string(reinterpret_cast<const char*>(hash), length);
}

}  // namespace restante::net
