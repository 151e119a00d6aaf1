#include "net/tls_context.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "base/text.hpp"
#include "net/address.hpp"
#include "net/tls_engine.hpp"

namespace restante::net {
namespace {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* p) const {
        Free(p);
    }
};
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free>>;
using X509Ptr = std::unique_ptr<X509, Freed<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using CtxPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;

BioPtr text_bio(std::string_view text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

/// An encrypted key must fail, not ask on the terminal.
int no_password(char*, int, int, void*) { return -1; }

Error because(const std::string& what) {
    const std::string reason = take_openssl_error();
    return Error{ErrorKind::invalid, reason.empty() ? what : what + ": " + reason, Retry::never};
}

int version_number(TlsVersion version) {
    switch (version) {
        case TlsVersion::tls1_0:
            return TLS1_VERSION;
        case TlsVersion::tls1_1:
            return TLS1_1_VERSION;
        case TlsVersion::tls1_2:
            return TLS1_2_VERSION;
        case TlsVersion::tls1_3:
            return TLS1_3_VERSION;
    }
    return TLS1_2_VERSION;
}

CtxPtr new_context(const SSL_METHOD* method, TlsVersion least, TlsVersion most) {
    CtxPtr ctx(SSL_CTX_new(method));
    if (!ctx) throw std::runtime_error("OpenSSL cannot make a context");
    SSL_CTX_set_min_proto_version(ctx.get(), version_number(least));
    SSL_CTX_set_max_proto_version(ctx.get(), version_number(most));
    // OpenSSL 3 signs TLS 1.0 and 1.1 handshakes (MD5-SHA1) at level 0 only.
    if (least < TlsVersion::tls1_2) SSL_CTX_set_security_level(ctx.get(), 0);
    SSL_CTX_set_mode(ctx.get(),
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ctx.get(), 1);  // header and body of a record by one recv
    SSL_CTX_set_options(ctx.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    return ctx;
}

Result<> use_chain(SSL_CTX* ctx, const std::string& pem) {
    const BioPtr bio = text_bio(pem);
    const X509Ptr leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, no_password, nullptr));
    if (!leaf) return fail(because("no certificate in PEM form"));
    if (SSL_CTX_use_certificate(ctx, leaf.get()) != 1) return fail(because("the certificate cannot be used"));
    while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
        if (SSL_CTX_add0_chain_cert(ctx, next) == 1) continue;
        X509_free(next);
        return fail(because("a certificate of the chain cannot be used"));
    }
    take_openssl_error();  // the end of the text is reported as one
    return {};
}

Result<> use_key(SSL_CTX* ctx, const std::string& pem) {
    const BioPtr bio = text_bio(pem);
    const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
    if (!key) return fail(because("no unencrypted private key in PEM form"));
    if (X509_check_private_key(SSL_CTX_get0_certificate(ctx), key.get()) != 1) {
        take_openssl_error();
        return fail(ErrorKind::invalid, "the private key does not belong to the certificate");
    }
    if (SSL_CTX_use_PrivateKey(ctx, key.get()) != 1) return fail(because("the private key cannot be used"));
    return {};
}

std::string name_text(const GENERAL_NAME* name) {
    int kind = 0;
    const void* value = GENERAL_NAME_get0_value(name, &kind);
    const auto* text = static_cast<const ASN1_STRING*>(value);
    if (kind != GEN_DNS && kind != GEN_IPADD) return "";
    std::string bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                      static_cast<std::size_t>(ASN1_STRING_length(text)));
    if (kind == GEN_DNS) return bytes;
    return Address::from_ip_bytes(bytes).ip();
}

std::vector<std::string> names_of(X509* leaf) {
    std::vector<std::string> out;
    auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i)
        if (std::string text = name_text(sk_GENERAL_NAME_value(names, i)); !text.empty())
            out.push_back(std::move(text));
    GENERAL_NAMES_free(names);
    return out;
}

std::string fingerprint_of(X509* leaf) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    X509_digest(leaf, EVP_sha256(), digest, &length);
    return to_hex({reinterpret_cast<const char*>(digest), length});
}

std::chrono::sys_seconds end_of(X509* leaf) {
    tm time{};
    ASN1_TIME_to_tm(X509_get0_notAfter(leaf), &time);
    return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&time)));
}

Result<std::string> file_text(const std::string& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) return fail(errno_error(errno ? errno : EIO, path));
    return text.str();
}

Result<std::string> clean_pin(const std::string& text) {
    std::string out;
    for (const char c : text)
        if (c != ':' && c != ' ') out += ascii_lower(c);
    if (out.empty() && text.empty()) return out;
    if (out.size() != 64 || out.find_first_not_of("0123456789abcdef") != std::string::npos)
        return fail(ErrorKind::invalid, "a pinned fingerprint is 64 hexadecimal digits (SHA-256)");
    return out;
}

Result<> trust(SSL_CTX* ctx, const TlsClientOptions& options) {
    X509_STORE* store = SSL_CTX_get_cert_store(ctx);
    // Whoever names a certificate as trusted means it, even if it is no authority's.
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    if (options.ca_file.empty() && options.ca_pem.empty()) {
        SSL_CTX_set_default_verify_paths(ctx);
        return {};
    }
    if (!options.ca_file.empty() && SSL_CTX_load_verify_file(ctx, options.ca_file.c_str()) != 1)
        return fail(because("no authority's certificate can be read from " + options.ca_file));
    const BioPtr bio = text_bio(options.ca_pem);
    int added = 0;
    while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
        added += X509_STORE_add_cert(store, next);
        X509_free(next);
    }
    take_openssl_error();
    if (!options.ca_pem.empty() && added == 0)
        return fail(ErrorKind::invalid, "the authorities given hold no certificate in PEM form");
    return {};
}

}  // namespace

/// The certificate by the name the client asked for. The handshake's caller holds the context meanwhile.
struct ServerNames {
    static const TlsServerContext* find(const TlsServerContext& own, std::string_view host) {
        for (const bool exactly : {true, false}) {
            if (own.is_for(host, exactly)) return &own;
            for (const auto& other : own.others_)
                if (other->is_for(host, exactly)) return other.get();
        }
        return nullptr;
    }
    static int choose(SSL* ssl, int*, void* context) {
        const char* host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        if (host == nullptr) return SSL_TLSEXT_ERR_NOACK;
        const auto& own = *static_cast<const TlsServerContext*>(context);
        const TlsServerContext* found = find(own, host);
        if (found == nullptr) return SSL_TLSEXT_ERR_NOACK;  // a client may still like the own one
        if (found != &own) SSL_set_SSL_CTX(ssl, found->native());
        return SSL_TLSEXT_ERR_OK;
    }
};

Result<std::shared_ptr<const TlsServerContext>> TlsServerContext::make(const TlsServerOptions& options) {
    CtxPtr ctx = new_context(TLS_server_method(), options.least, TlsVersion::tls1_3);
    if (auto used = use_chain(ctx.get(), options.certificate_chain_pem); !used) return fail(used.error());
    if (auto used = use_key(ctx.get(), options.private_key_pem); !used) return fail(used.error());
    const char* usual =
        options.least < TlsVersion::tls1_2 ? "DEFAULT:@SECLEVEL=0" : "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL";
    const std::string ciphers = options.ciphers.empty() ? usual : options.ciphers;
    if (SSL_CTX_set_cipher_list(ctx.get(), ciphers.c_str()) != 1)
        return fail(because("cipher list \"" + ciphers + "\""));
    static constexpr unsigned char kContext[] = "restante";
    SSL_CTX_set_session_id_context(ctx.get(), kContext, sizeof kContext - 1);
    // Stateless tickets only: nothing to keep per client. One is enough; each costs the handshake some time.
    SSL_CTX_set_session_cache_mode(ctx.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ctx.get(), options.session_tickets ? 1 : 0);
    if (!options.session_tickets) SSL_CTX_set_options(ctx.get(), SSL_OP_NO_TICKET);
    X509* leaf = SSL_CTX_get0_certificate(ctx.get());
    std::shared_ptr<TlsServerContext> made(new TlsServerContext(ctx.get()));
    made->others_ = options.others;
    SSL_CTX_set_tlsext_servername_callback(ctx.get(), &ServerNames::choose);
    SSL_CTX_set_tlsext_servername_arg(ctx.get(), made.get());
    made->fingerprint_ = fingerprint_of(leaf);
    made->names_ = names_of(leaf);
    made->not_after_ = end_of(leaf);
    (void)ctx.release();
    return made;
}

bool TlsServerContext::is_for(std::string_view host, bool exactly) const {
    const std::size_t dot = host.find('.');
    for (const std::string& name : names_) {
        if (iequals(name, host)) return true;
        if (exactly || !name.starts_with("*.") || dot == std::string_view::npos) continue;
        if (iequals(std::string_view(name).substr(1), host.substr(dot))) return true;
    }
    return false;
}

Result<std::shared_ptr<const TlsServerContext>> TlsServerContext::load(const std::string& chain_file,
                                                                       const std::string& key_file,
                                                                       TlsServerOptions options) {
    auto chain = file_text(chain_file);
    if (!chain) return fail(chain.error());
    auto key = file_text(key_file);
    if (!key) return fail(key.error());
    options.certificate_chain_pem = std::move(*chain);
    options.private_key_pem = std::move(*key);
    auto made = make(options);
    if (!made) return fail(made.error().kind, chain_file + ", " + key_file + ": " + made.error().detail);
    return made;
}

TlsServerContext::~TlsServerContext() { SSL_CTX_free(ctx_); }

Result<std::shared_ptr<const TlsClientContext>> TlsClientContext::make(const TlsClientOptions& options) {
    if (options.least > options.most) return fail(ErrorKind::invalid, "the lowest TLS version is above the highest");
    CtxPtr ctx = new_context(TLS_client_method(), options.least, options.most);
    if (auto trusted = trust(ctx.get(), options); !trusted) return fail(trusted.error());
    auto pin = clean_pin(options.pinned_sha256);
    if (!pin) return fail(pin.error());
    std::shared_ptr<TlsClientContext> made(new TlsClientContext(ctx.get()));
    if (!options.dane.empty() && SSL_CTX_dane_enable(ctx.get()) != 1) return fail(because("DANE"));
    (void)ctx.release();
    made->pin_ = std::move(*pin);
    made->dane_ = options.dane;
    made->insecure_ = options.insecure;
    return made;
}

TlsClientContext::~TlsClientContext() { SSL_CTX_free(ctx_); }

}  // namespace restante::net
