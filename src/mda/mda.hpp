#pragma once
// The delivery agent: the one door through which every message comes in, whatever brought it.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "directory/directory.hpp"
#include "mda/intake.hpp"
#include "mda/outbound.hpp"
#include "message/envelope.hpp"
#include "store/store.hpp"

namespace restante::mda {

struct Limits {
    std::size_t hop_limit = 100;                 // Received fields; this many or more is a loop (RFC 5321 6.3)
    std::size_t header_scan_octets = 1'048'576;  // header octets looked at; what lies behind does not count
    std::size_t inline_scan_octets = 65'536;     // drafts up to this size are in memory: looked at by the caller's
                                                 // thread, larger ones on the work pool
    std::size_t intake_octets = 33'554'432;      // octets of a reply or request that are read; the original is whole
    std::size_t verp_limit = 100;  // members elsewhere up to which each gets a copy with a bounce address of its own
};

struct Options {
    Limits limits{};
    std::string list_key{};     // secret, behind lists' bounce addresses
    std::string forward_key{};  // secret, 16 octets or more, behind reverse-paths of forwarded mail; empty: they stay
                                // as they are
};

/// What brought the message.
struct Origin {
    enum class Kind { mx, submission, outbox, fetch, import };
    Kind kind = Kind::mx;
    /// Deterministic id of this delivery (store::Delivery::delivery_id); empty: every delivery is new.
    std::string delivery_id;
    /// Trace header block of the agent (Received: ...CRLF), put in front of the message.
    std::string trace;
    /// For fetch: the POP3 connection's id, and what its mails are for.
    std::int64_t connection_id = 0;
    enum class Purpose {
        recipients,  // to the envelope's recipients, like any mail
        replies,     // to the intake of comments and requests; the recipients are not looked at, delivery_id is needed
    };
    Purpose purpose = Purpose::recipients;
    /// For purpose replies: the mail's UIDL where it was collected, for the record. For an import: the one to keep.
    std::string uidl;
    /// For an import: straight into this maildrop, as it is; the envelope is not looked at, and no field is added. In
    /// the order of the calls as long as no draft is larger than the store holds in memory.
    store::MaildropId maildrop = 0;
    Timestamp received_at{};
};

struct Outcome {
    store::MessageId id = 0;  // 0 when nothing had to be stored
    bool duplicate = false;
    std::string note;  // for the log: "2 maildrops", "comment 17", "ignored: automatic reply"
    /// For purpose replies: what it was taken for. An unrelated mail must stay where it was collected.
    Verdict::Kind verdict = Verdict::Kind::received;
};

class Mda {
public:
    virtual ~Mda() = default;
    /// For what is delivered from now on.
    virtual void set_limits(const Limits& limits) = 0;
    /// Would mail for this address be taken from there? As Directory::route, after reply addresses and the like; an
    /// address outside this server is taken from submission and the outbox only, if there is an Outbound.
    /// Not blocking for long.
    virtual Result<void> check_recipient(const message::Address& recipient, Origin::Kind from) = 0;
    /// `done` is called once, on a foreign thread, once everything that was promised is durable: only then may the
    /// caller answer 250 or delete the original. Errors as MessageStore::commit; not_found when no recipient is left;
    /// protocol for a mail loop; for purpose replies also as Intake::take. Recipients here and elsewhere are two
    /// commits, as are lists: after an error one of them may have happened, and only an origin with a delivery_id
    /// repeats safely.
    virtual void deliver(message::Envelope envelope, std::unique_ptr<store::Draft> draft, Origin origin,
                         std::function<void(Result<Outcome>)> done) = 0;
};

class AccountRules;
class Receipts;

/// Runs a job on a thread that may block; false if it cannot be taken (too many wait, or shutdown).
using WorkExecutor = std::function<bool(std::function<void()>)>;

/// Thread-safe. Everything referred to must outlive the agent and every delivery under way; intake may be null, then
/// purpose replies answers unavailable; outbound may be null, then no address outside this server is taken; rules may
/// be null, then there are no quotas and no automatic replies; receipts may be null, then nobody is told of deliveries.
std::unique_ptr<Mda> make_mda(directory::Directory& directory, store::MessageStore& store, Intake* intake,
                              Outbound* outbound, const Clock& clock, Log& log, WorkExecutor work, Options options = {},
                              AccountRules* rules = nullptr, Receipts* receipts = nullptr);

}  // namespace restante::mda
