#include "sasl/scram_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <unicode/usprep.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

namespace restante::sasl {
namespace {
const EVP_MD* openssl_digest_of(ScramHash hash) { return hash == ScramHash::sha1 ? EVP_sha1() : EVP_sha256(); }

const unsigned char* bytes_of(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

std::string hmac(ScramHash hash, std::string_view key, std::string_view text) {
    std::string out(scram_key_octets(hash), '\0');
    unsigned int size = 0;
    if (HMAC(openssl_digest_of(hash), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
             reinterpret_cast<unsigned char*>(out.data()), &size) == nullptr)
        throw std::runtime_error("HMAC cannot be computed");
    return out;
}

std::string digest(ScramHash hash, std::string_view bytes) {
    std::string out(scram_key_octets(hash), '\0');
    if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr, openssl_digest_of(hash),
                   nullptr) != 1)
        throw std::runtime_error("a digest cannot be computed");
    return out;
}

bool is_ascii(std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct CloseProfile {
    void operator()(UStringPrepProfile* profile) const { usprep_close(profile); }
};
}  // namespace

std::size_t scram_key_octets(ScramHash hash) { return hash == ScramHash::sha1 ? 20 : 32; }

std::string prepared_password(std::string_view password) {
    const std::string as_it_is(password);
    if (is_ascii(password)) return as_it_is;
    UErrorCode code = U_ZERO_ERROR;
    const std::unique_ptr<UStringPrepProfile, CloseProfile> profile(
        usprep_openByType(USPREP_RFC4013_SASLPREP, &code));
    if (U_FAILURE(code)) return as_it_is;
    const auto wide_size = static_cast<std::int32_t>(password.size());
    std::vector<UChar> wide(password.size()), prepared(password.size() * 4 + 64);
    std::int32_t size = 0;
    u_strFromUTF8(wide.data(), wide_size, &size, password.data(), wide_size, &code);
    if (U_FAILURE(code)) return as_it_is;
    size = usprep_prepare(profile.get(), wide.data(), size, prepared.data(),
                          static_cast<std::int32_t>(prepared.size()), USPREP_DEFAULT, nullptr, &code);
    std::string out(prepared.size() * 3, '\0');
    std::int32_t octets = 0;
    if (U_SUCCESS(code))
        u_strToUTF8(out.data(), static_cast<std::int32_t>(out.size()), &octets, prepared.data(), size, &code);
    OPENSSL_cleanse(wide.data(), wide.size() * sizeof(UChar));
    OPENSSL_cleanse(prepared.data(), prepared.size() * sizeof(UChar));
    if (U_FAILURE(code)) return as_it_is;
    out.resize(static_cast<std::size_t>(octets));
    return out;
}

ScramKeys make_scram_keys(ScramHash hash, std::string_view password, std::string salt, std::uint32_t iterations) {
    const std::string prepared = prepared_password(password);
    std::string salted(scram_key_octets(hash), '\0');
    if (PKCS5_PBKDF2_HMAC(prepared.data(), static_cast<int>(prepared.size()), bytes_of(salt),
                          static_cast<int>(salt.size()), static_cast<int>(iterations), openssl_digest_of(hash),
                          static_cast<int>(salted.size()), reinterpret_cast<unsigned char*>(salted.data())) != 1)
        throw std::runtime_error("PBKDF2 cannot be computed");
    ScramKeys keys;
    keys.stored_key = digest(hash, hmac(hash, salted, "Client Key"));
    keys.server_key = hmac(hash, salted, "Server Key");
    keys.salt = std::move(salt);
    keys.iterations = iterations;
    OPENSSL_cleanse(salted.data(), salted.size());
    return keys;
}

}  // namespace restante::sasl
