#pragma once
// Verifies who sent a message, and signs what our users send: mailauth with its questions answered and its bytes read.
#include <memory>
#include <string>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "mailauth/dkim_keys.hpp"
#include "mailauth/options.hpp"
#include "net/resolver.hpp"
#include "net/task_group.hpp"
#include "net/work_pool.hpp"
#include "store/store.hpp"

namespace restante::mta {

/// Thread-safe. Everything referred to outlives it and the tasks of the group.
class Authenticator {
public:
    struct Parts {
        net::Resolver* resolver = nullptr;   // null: nothing is verified
        mailauth::DkimKeys* keys = nullptr;  // null: nothing is signed
        net::WorkPool& work;
        net::TaskGroup& group;  // questions are asked here
        store::MessageStore& store;
        Log& log;
        Metrics& metrics;
    };
    explicit Authenticator(const Parts& parts);
    ~Authenticator();

    bool can_verify() const { return parts_.resolver != nullptr; }

    struct Judged {
        std::string fields;       // to stand in front of the message
        bool is_refused = false;  // DMARC asks for it, and the settings say that it is done
        std::string reason;       // then, for the log
        std::string spf, dmarc;   // results, as in the fields
        bool dkim_passed = false;
    };
    /// Looks at a whole message. Never an error for what DNS does; those of the draft.
    net::Task<Result<Judged>> judge(store::Draft& draft, mailauth::Circumstances circumstances,
                                    mailauth::Options options, std::uint64_t inline_octets);

    /// DKIM-Signature fields for a message that starts with `added` (whole fields) and goes on in the draft; empty if
    /// its author's domain is not `domain`, or has no key.
    net::Task<Result<std::string>> sign(std::string added, store::Draft& draft, std::string domain, Timestamp now,
                                        mailauth::Options options, std::uint64_t inline_octets);

private:
    net::Task<> answer(mailauth::Answers& answers, std::chrono::steady_clock::time_point until);
    static bool has_good_signature(const mailauth::Report& report);
    void count(const mailauth::Report& report);

    const Parts parts_;
    const mailauth::PublicSuffixes suffixes_;
    Counter& refused_;
    Counter& signed_;
    Histogram& seconds_;
};

}  // namespace restante::mta
