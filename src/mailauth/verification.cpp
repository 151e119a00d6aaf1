#include "mailauth/verification.hpp"

#include "mailauth/authors.hpp"

namespace restante::mailauth {

Verification::Verification(std::string header, const Circumstances& circumstances, const PublicSuffixes& suffixes,
                           const VerificationLimits& limits)
    : header_(std::move(header)),
      suffixes_(suffixes),
      limits_(limits),
      dice_(circumstances.dice),
      dkim_(header_, hashes_, circumstances.now, limits_.dkim),
      arc_(header_, hashes_, circumstances.now, {limits_.arc_sets, limits_.dkim}),
      answers_(limits_.questions) {
    const auto& sender = circumstances.reverse_path;
    report_.spf_of_helo = !sender;  // RFC 7208 2.4
    report_.spf_sender = sender ? sender->to_string() : circumstances.helo;
    spf_ = {circumstances.client,
            circumstances.helo,
            sender ? sender->local_part : "",
            sender ? sender->domain : circumstances.helo,
            circumstances.receiver,
            circumstances.now};
}

bool Verification::judge() {
    // All of them, whatever is missing for one: the questions go out together.
    const auto spf = check_spf(spf_, answers_, limits_.spf);
    const bool signatures = dkim_.judge(hashes_, answers_);
    const bool chain = arc_.judge(hashes_, answers_);
    if (!spf || !signatures || !chain) {
        check_dmarc({author_domains(header_), {}, {}, dice_}, suffixes_, answers_);  // for its question only
        return false;
    }
    report_.spf = *spf;
    report_.dkim = dkim_.verdicts();
    report_.arc = arc_.verdict();
    return judge_dmarc();
}

bool Verification::judge_dmarc() {
    DmarcQuery query{author_domains(header_), {}, {}, dice_};
    if (report_.spf.result == SpfResult::pass) query.spf_domain = spf_.domain;
    bool unknown = report_.spf.result == SpfResult::temperror;
    for (const DkimVerdict& verdict : report_.dkim) {
        if (verdict.result == DkimResult::pass) query.dkim_domains.push_back(verdict.signature.domain);
        unknown = unknown || verdict.result == DkimResult::temperror;
    }
    auto verdict = check_dmarc(query, suffixes_, answers_);
    if (!verdict) return false;
    report_.dmarc = std::move(*verdict);
    // What could not be asked might have made it pass: never refuse mail for that (RFC 7489 6.6.2).
    if (report_.dmarc.result == DmarcVerdict::Result::fail && unknown) {
        report_.dmarc.result = DmarcVerdict::Result::temperror;
        report_.dmarc.applied = DmarcRecord::Policy::none;
    }
    return true;
}

}  // namespace restante::mailauth
