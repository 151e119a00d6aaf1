#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>

#include "net/address.hpp"
#include "net/tls_context.hpp"
#include "net/tls_engine.hpp"

namespace restante::net {
namespace {

template <auto Free>
struct FreedBy {
    template <class T>
    void operator()(T* p) const {
        Free(p);
    }
};

std::string alternative_names(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names)
        out += (out.empty() ? "" : ",") + std::string(Address::parse_ip(name) ? "IP:" : "DNS:") + name;
    return out;
}

bool add_extension(X509* certificate, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, FreedBy<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_serial(X509* certificate) {
    unsigned char bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1) return false;
    bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);  // RFC 5280 4.1.2.2: positive; and never short
    const std::unique_ptr<BIGNUM, FreedBy<BN_free>> number(BN_bin2bn(bytes, sizeof bytes, nullptr));
    return BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool fill(X509* certificate, EVP_PKEY* key, const std::vector<std::string>& names, int days) {
    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);  // clocks differ
    X509_time_adj_ex(X509_getm_notAfter(certificate), days, 0, nullptr);
    X509_NAME* subject = X509_get_subject_name(certificate);
    const auto* common = reinterpret_cast<const unsigned char*>(names.front().c_str());
    // RFC 5280 A.1: a common name has at most 64 characters; the alternative names are what counts.
    if (names.front().size() <= 64 && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, common, -1, -1, 0) != 1)
        return false;
    return set_serial(certificate) && X509_set_issuer_name(certificate, subject) == 1 &&
           X509_set_pubkey(certificate, key) == 1 &&
           add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(certificate, NID_subject_key_identifier, "hash") &&
           add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
           add_extension(certificate, NID_subject_alt_name, alternative_names(names)) &&
           X509_sign(certificate, key, EVP_sha256()) > 0;
}

template <class Write>
std::string pem_text(Write write) {
    const std::unique_ptr<BIO, FreedBy<BIO_free>> bio(BIO_new(BIO_s_mem()));
    if (!bio || write(bio.get()) != 1) return "";
    char* data = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(length));
}

}  // namespace

Result<CertificateAndKey> make_self_signed(const std::vector<std::string>& names, int days) {
    if (names.empty() || days < 1) return fail(ErrorKind::invalid, "a certificate needs a name and at least one day");
    for (const std::string& name : names)
        if (name.empty() ||
            name.find_first_of(", \n:") != (Address::parse_ip(name) ? name.find(':') : std::string::npos))
            return fail(ErrorKind::invalid, "\"" + name + "\" is no name for a certificate");
    const std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
    const std::unique_ptr<X509, FreedBy<X509_free>> certificate(X509_new());
    if (!key || !certificate || !fill(certificate.get(), key.get(), names, days))
        return fail(ErrorKind::internal, "the certificate cannot be made: " + take_openssl_error());
    CertificateAndKey out;
    out.certificate_pem = pem_text([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
    out.private_key_pem = pem_text(
        [&](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    return out;
}

}  // namespace restante::net
