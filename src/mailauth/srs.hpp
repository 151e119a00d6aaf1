#pragma once
// Sender rewriting for mail that is forwarded: the reverse-path becomes an address of ours, so that SPF passes, from
// which the original is read back when a bounce comes. Pure.
//
//   SRS0=HHHHHHHH=TT=example.org=anna@ours.test       first hop: hash, day, domain, local part
//   SRS1=HHHHHHHH=first.test==HHHHHHHH=TT=...@ours.test  behind another rewriter: hash, its domain, its local part
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "message/envelope.hpp"

namespace restante::mailauth {

struct SrsOptions {
    int days = 21;  // a rewritten address is taken back this long; at most 512
};

class Srs {
public:
    /// key: secret, at least 16 octets; std::invalid_argument for a shorter one.
    explicit Srs(std::string key, SrsOptions options = {});

    /// The reverse-path for a forward that leaves from `domain`, one of ours. An address that is ours already is left
    /// as it is. invalid: it would be longer than a local part may be (RFC 5321 4.5.3.1.1).
    Result<message::Address> encode(const message::Address& sender, const std::string& domain, Timestamp now) const;

    /// True for what decode() is to be asked about.
    static bool is_rewritten(const message::Address& address);

    /// Whom a bounce to such an address is for. denied: not made here, or too old; invalid: not of a form above.
    /// Letters count in any case, as old mail servers change them.
    Result<message::Address> decode(const message::Address& rewritten, Timestamp now) const;

private:
    std::string hash(std::string_view what) const;
    Result<message::Address> decode_first(std::string_view rest, Timestamp now) const;
    Result<message::Address> decode_second(std::string_view rest) const;

    const std::string key_;
    const SrsOptions options_;
};

}  // namespace restante::mailauth
