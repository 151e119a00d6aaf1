#pragma once
// What is suspicious whatever anybody was taught: a table of facts about one message. Pure.
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "message/message.hpp"

namespace restante::filter {

/// What is known of a message beside its bytes. Results as Authentication-Results has them ("pass", "fail", "none");
/// empty: not looked at.
struct Circumstances {
    std::string spf, dmarc;
    bool dkim_passed = false;
    Timestamp received_at{};  // 0: not known
};

/// weight: natural logarithm of how many times likelier the fact makes it that this is spam; below 0: less likely.
struct Finding {
    std::string name;   // "disguised_link"
    std::string about;  // for a person
    double weight = 0;
};

/// In the order of the table.
std::vector<Finding> findings_in(const message::Message& message, const Circumstances& circumstances);

/// Every rule there is.
std::vector<Finding> all_rules();

}  // namespace restante::filter
