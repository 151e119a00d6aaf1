#pragma once
// Everything this server can find out about who sent a message: one object per message, fed its bytes, then asked until
// it is done. Pure: the caller answers its questions.
#include <optional>
#include <string>
#include <string_view>

#include "mailauth/results.hpp"
#include "message/envelope.hpp"

namespace restante::mailauth {

struct VerificationLimits {
    SpfLimits spf;
    DkimLimits dkim;
    std::size_t arc_sets = 50;
    std::size_t questions = 200;  // to the name system, for one message
};

struct Circumstances {
    net::Address client;
    std::string helo;
    std::optional<message::Address> reverse_path;
    std::string receiver;  // our host name
    Timestamp now{};
    unsigned dice = 0;  // 0 to 99, for DMARC's pct=
};

class Verification {
public:
    /// header: of the message from its first octet; what follows the empty line in it is ignored. suffixes lives
    /// longer.
    Verification(std::string header, const Circumstances& circumstances, const PublicSuffixes& suffixes,
                 const VerificationLimits& limits);
    Verification(const Verification&) = delete;
    Verification& operator=(const Verification&) = delete;

    const HeaderFields& header() const { return header_; }
    /// False: no signature asks for the body; it need not be fed.
    bool wants_body() const { return hashes_.any(); }
    void feed(std::string_view body) { hashes_.feed(body); }
    void end_of_body() { hashes_.finish(); }

    /// After the body. True: report() says everything. False: answers().take_missing() says what to ask.
    bool judge();
    Answers& answers() { return answers_; }
    const Report& report() const { return report_; }

private:
    bool judge_dmarc();

    const HeaderFields header_;
    const PublicSuffixes& suffixes_;
    const VerificationLimits limits_;
    const unsigned dice_;
    SpfQuery spf_;
    BodyHashes hashes_;
    DkimVerification dkim_;
    ArcVerification arc_;
    Answers answers_;
    Report report_;
};

}  // namespace restante::mailauth
