// Keys of mail authentication.
#include "config_binding.hpp"
#include "config_sections.hpp"

namespace restante::config_table {
using namespace config_binding;

ConfigSection mailauth() {
    return {"mailauth",
            "SPF, DKIM, DMARC and ARC of mail from other hosts; DKIM signatures on what our users submit.",
            {flag("verify_mail", "Verify mail from other hosts, and say the results in Authentication-Results.",
                  BIND(smtp.mailauth.verify)),
             choice("dmarc", "`enforce`: refuse mail as the author's domain asks (p=reject), mark it (p=quarantine) with "
                             "X-Quarantine; `observe`: only say the result.",
                    BIND(smtp.mailauth.dmarc), {"observe", "enforce"}),
             text("authserv_id", "Our name in Authentication-Results; empty: the host name. Fields of others in this name are cut out.",
                  BIND(smtp.mailauth.authserv_id)),
             duration("dns_time", "For all DNS questions about one message; what is not known then is a temperror.",
                      BIND(smtp.mailauth.dns_time), "100ms", "2m"),
             number("dns_questions", "DNS questions about one message, most.", BIND(smtp.mailauth.limits.questions), 20, 1000),
             number("spf_terms", "Terms of an SPF record that ask DNS (RFC 7208 4.6.4).", BIND(smtp.mailauth.limits.spf.terms), 1, 100),
             number("spf_void_lookups", "Look-ups of an SPF check without a record.", BIND(smtp.mailauth.limits.spf.voids), 0, 100),
             number("dkim_signatures", "DKIM signatures of one message that are looked at.",
                    BIND(smtp.mailauth.limits.dkim.signatures), 1, 100),
             number("least_rsa_bits", "RSA keys of fewer bits do not count.", BIND(smtp.mailauth.limits.dkim.least_rsa_bits), 1024, 4096),
             duration("clock_skew", "A signature may be this much from the future.", BIND(smtp.mailauth.limits.dkim.clock_skew), "0",
                      "1d"),
             number("arc_sets", "Longest ARC chain (RFC 8617 4.2.1).", BIND(smtp.mailauth.limits.arc_sets), 1, 50),
             flag("sign_mail", "Sign what our users submit, where their domain has keys (`restante dkim`).", BIND(smtp.mailauth.sign)),
             duration("signature_lifetime", "After which our signatures expire (x=); 0: never.", BIND(smtp.mailauth.signature_lifetime),
                      "0", "365d")}};
}

ConfigSection dkim() {
    return {"dkim",
            "The keys that our domains sign with.",
            {duration("key_watch", "How often DNS is asked whether it shows new keys, to sign with them; 0: they are activated by hand.",
                      BIND(dkim.key_watch), "0", "1d")}};
}

}  // namespace restante::config_table
