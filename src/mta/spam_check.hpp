#pragma once
// What the spam filter says of a message that has arrived and is not stored yet.
#include <memory>
#include <string>

#include "base/metrics.hpp"
#include "filter/spam_filter.hpp"
#include "net/task.hpp"
#include "net/work_pool.hpp"
#include "store/store.hpp"

namespace restante::mta {

/// Thread-safe. Everything referred to outlives it and the coroutines.
class SpamCheck {
public:
    struct Parts {
        filter::SpamFilter& filter;
        net::WorkPool& work;
        store::MessageStore& store;
        Metrics& metrics;
    };
    explicit SpamCheck(const Parts& parts);

    bool is_on() const { return parts_.filter.options()->is_on(); }

    struct Judged {
        int score = 0;
        std::string fields;       // to stand in front of the message
        bool is_refused = false;  // as the settings say
        std::string tests;        // names of the findings, with blanks between
    };
    /// may_refuse: else what would be refused is marked. Errors: those of the draft.
    net::Task<Result<Judged>> judge(store::Draft& draft, filter::Circumstances circumstances, bool may_refuse,
                                    std::uint64_t inline_octets);

private:
    const Parts parts_;
    Counter& passed_;
    Counter& marked_;
    Counter& refused_;
    Histogram& seconds_;
};

}  // namespace restante::mta
