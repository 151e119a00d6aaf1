#include "json_text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/text.hpp"

namespace restante {

std::string json_text(std::string_view text) {
    if (is_valid_utf8(text)) return boost::json::serialize(boost::json::value(boost::json::string(text)));
    std::string repaired;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x80)
            repaired += c;
        else
            repaired += "\xEF\xBF\xBD";
    }
    return boost::json::serialize(boost::json::value(boost::json::string(repaired)));
}

}  // namespace restante
