#pragma once
// Settings of mail authentication.
#include <chrono>
#include <string>

#include "mailauth/verification.hpp"

namespace restante::mailauth {

struct Options {
    bool verify = true;             // mail from other hosts
    std::string dmarc = "observe";  // or "enforce": what other domains ask for is done
    std::string authserv_id;        // in Authentication-Results; empty: the host name
    std::chrono::milliseconds dns_time{
        10'000};  // for all questions about one message; what is open then is a temperror
    VerificationLimits limits;
    bool sign = true;                            // what our users submit
    std::chrono::seconds signature_lifetime{0};  // x= of signatures; 0: none
};

}  // namespace restante::mailauth
