#pragma once
// Domain-based Message Authentication, Reporting and Conformance: does the author's domain vouch for this mail, and
// what does it ask for if not? (RFC 7489). Pure, but for the public suffix list, which libpsl reads.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "mailauth/answers.hpp"

namespace restante::mailauth {

/// The registrable part of domains. Immutable, thread-safe.
class PublicSuffixes {
public:
    /// The list that the system keeps, or the one built into libpsl. Throws std::runtime_error if there is none.
    PublicSuffixes();
    /// From a text, one suffix a line (tests).
    explicit PublicSuffixes(const std::string& list);
    ~PublicSuffixes();
    PublicSuffixes(const PublicSuffixes&) = delete;
    PublicSuffixes& operator=(const PublicSuffixes&) = delete;

    /// "example.co.uk" of "a.b.example.co.uk" (RFC 7489 3.2); the domain itself where that is a suffix. Lower case.
    std::string organizational_domain(std::string_view domain) const;

private:
    struct List;
    std::unique_ptr<List> list_;
};

struct DmarcRecord {
    enum class Policy : std::uint8_t { none, quarantine, reject };
    Policy policy = Policy::none;
    std::optional<Policy> subdomain_policy;
    bool strict_dkim = false, strict_spf = false;
    unsigned percent = 100;
};
const char* to_string(DmarcRecord::Policy policy);

/// "v=DMARC1" first, whatever follows.
bool is_dmarc_record(std::string_view text);
/// Of a text for which is_dmarc_record holds. invalid: no policy can be taken from it (RFC 7489 6.6.3).
Result<DmarcRecord> parse_dmarc_record(std::string_view text);

/// The domains of the From fields of a header, each once, in lower case. address: "a@b" inside a display name counts
/// not.
struct AuthorDomains {
    std::vector<std::string> domains;
    std::size_t fields = 0;
};

struct DmarcQuery {
    AuthorDomains authors;
    std::optional<std::string> spf_domain;  // that SPF passed for
    std::vector<std::string> dkim_domains;  // of signatures that passed
    unsigned dice = 0;                      // 0 to 99: which messages pct= is about
};

struct DmarcVerdict {
    enum class Result : std::uint8_t { none, pass, fail, temperror, permerror };
    Result result = Result::none;
    std::string domain;  // of the author
    std::string problem;
    DmarcRecord::Policy published = DmarcRecord::Policy::none;  // p= or sp=
    DmarcRecord::Policy applied = DmarcRecord::Policy::none;    // of a fail, after pct=
};
const char* to_string(DmarcVerdict::Result result);

/// nullopt: answers are missing.
std::optional<DmarcVerdict> check_dmarc(const DmarcQuery& query, const PublicSuffixes& suffixes, Answers& answers);

}  // namespace restante::mailauth
