// Keys of the spam filter.
#include "config_binding.hpp"
#include "config_sections.hpp"

namespace restante::config_table {
using namespace config_binding;

ConfigSection filter() {
    return {"filter",
            "Spam in mail from other hosts, judged before it is stored. It learns by `restante spam teach`.",
            {choice("action",
                    "`off`; `mark`: say the score in `X-Spam-Score`, and `X-Spam-Flag: YES` from `mark_at` on; `refuse`: from "
                    "`refuse_at` on answer `550`, too. Mail for nobody but postmaster and abuse, and what comes by LMTP, is marked at most.",
                    BIND(filter.action), {"off", "mark", "refuse"}),
             number("mark_at", "Score from which on a message is marked, in percent.", BIND(filter.mark_at), 1, 100),
             number("refuse_at",
                    "Score from which on it is refused, in percent; what is not marked is not refused. At the default the classifier alone never refuses: something "
                    "else has to speak against the message.",
                    BIND(filter.refuse_at), 1, 100),
             number("least_training", "Messages of each class that have to be taught before the classifier has a say.",
                    BIND(filter.least_training), 1, 100'000),
             number("training_limit",
                    "Messages of each class that are remembered; the oldest are forgotten first. Each takes 5 KiB of memory, long ones "
                    "up to 100.",
                    BIND(filter.training_limit), 100, 100'000),
             size("inspected_size", "How much of a message's body is looked at, from its start.", BIND(filter.inspected_octets), "4KiB",
                  "16MiB")}};
}

}  // namespace restante::config_table
