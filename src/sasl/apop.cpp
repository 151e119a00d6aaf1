#include "sasl/apop.hpp"

#include "base/random.hpp"
#include "base/text.hpp"
#include "sasl/hash.hpp"

namespace restante::sasl {

std::string make_apop_stamp(std::string_view host_name) {
    return '<' + to_hex(random_bytes(16)) + '@' + std::string(host_name) + '>';
}

std::string apop_digest(std::string_view stamp, std::string_view secret) {
    return to_hex(digest(Hash::md5, std::string(stamp) + std::string(secret)));
}

}  // namespace restante::sasl
