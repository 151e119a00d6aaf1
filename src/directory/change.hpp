#pragma once
// Who makes a change, for its audit row.
#include <string>

namespace restante::directory {

struct Change {
    std::string actor = "system";
};

}  // namespace restante::directory
