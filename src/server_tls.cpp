#include "server_tls.hpp"

#include <filesystem>

#include "data_directory.hpp"
#include "paths.hpp"

namespace restante {
namespace {
constexpr int kSelfSignedDays = 3650;  // nobody renews it: long enough to be replaced by a real one
}  // namespace

Result<void> make_missing_certificate(const Config& config, const std::string& hostname) {
    if (!config.tls.certificate.empty()) return {};
    const Paths paths(config);
    std::error_code code;
    if (std::filesystem::exists(paths.certificate, code) && std::filesystem::exists(paths.key, code)) return {};
    std::filesystem::create_directories(std::filesystem::path(paths.certificate).parent_path(), code);
    std::vector<std::string> names{hostname};
    for (const char* local : {"localhost", "127.0.0.1", "::1"})
        if (hostname != local) names.emplace_back(local);
    const auto made = net::make_self_signed(names, kSelfSignedDays);
    if (!made) return fail(made.error());
    // The key first: a start that is cut between the two finds no certificate and makes both again.
    if (auto written = write_private_file(paths.key, made->private_key_pem); !written) return written;
    return write_private_file(paths.certificate, made->certificate_pem);
}

Certificates::Files default_certificate(const Config& config) {
    const Paths paths(config);
    return {"default", paths.certificate, paths.key, false};
}

net::TlsVersion least_tls(const Config::Tls& tls) {
    return tls.min_version == "1.3" ? net::TlsVersion::tls1_3 : net::TlsVersion::tls1_2;
}

}  // namespace restante
