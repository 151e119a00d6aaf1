#pragma once
// The seam to whoever turns collected mails into comments and requests.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/store.hpp"

namespace restante::mda {

/// What a collected mail was taken for.
struct Verdict {
    enum class Kind {
        received,   // became a comment or a request
        rejected,   // meant for us, but refused (token of somebody else, no permission)
        ignored,    // automatic mail, bounce, own mail
        unrelated,  // nothing in it belongs to an item (S1.25): stays on the server it was collected from
    };
    Kind kind = Kind::received;
    std::string note;  // for the log: "comment 17", "automatic reply"
};
const char* to_string(Verdict::Kind kind);

class Intake {
public:
    struct Mail {
        std::string_view raw;     // up to Limits::intake_octets of the mail
        std::string delivery_id;  // deterministic, never empty: the same mail again must give no second comment
        std::int64_t connection_id = 0;
        std::string uidl;
        Timestamp received_at{};
        store::MessageId original_id = 0;  // the whole mail, durable in store::kOriginals before take() is called
    };
    virtual ~Intake() = default;
    /// Blocks. When it returns a verdict, that and what follows from it is durable; the same delivery_id again gives
    /// the same verdict and nothing more. An error means that nothing was decided: ask again later.
    virtual Result<Verdict> take(const Mail& mail) = 0;
};

}  // namespace restante::mda
