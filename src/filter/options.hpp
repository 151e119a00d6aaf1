#pragma once
// Settings of the spam filter.
#include <cstddef>
#include <string>

namespace restante::filter {

struct Options {
    std::string action = "off";              // or "mark", or "refuse": what is done with mail from other hosts
    int mark_at = 80;                        // score from which on a message is marked, percent
    int refuse_at = 99;                      // ... refused
    std::size_t least_training = 30;         // messages of each class before the classifier has a say
    std::size_t training_limit = 5'000;      // messages of each class remembered; the oldest are forgotten first
    std::size_t inspected_octets = 262'144;  // of a message's body, from its start

    bool is_on() const { return action != "off"; }
    bool marks(int score) const { return is_on() && score >= mark_at; }
    bool refuses(int score) const { return action == "refuse" && score >= mark_at && score >= refuse_at; }
};

}  // namespace restante::filter
