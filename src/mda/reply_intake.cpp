#include "mda/reply_intake.hpp"

namespace restante::mda {

Result<Verdict> ReplyIntake::take(const Mail& mail) {
    auto taken = replies_.take({mail.raw, mail.delivery_id, mail.connection_id, mail.uidl, mail.original_id});
    if (!taken) return fail(std::move(taken.error()));
    switch (taken->kind) {
        case work::MailVerdict::received:
            return Verdict{Verdict::Kind::received, std::move(taken->note)};
        case work::MailVerdict::rejected:
            return Verdict{Verdict::Kind::rejected, std::move(taken->note)};
        case work::MailVerdict::ignored:
            return Verdict{Verdict::Kind::ignored, std::move(taken->note)};
        case work::MailVerdict::unrelated:
            return Verdict{Verdict::Kind::unrelated, std::move(taken->note)};
        case work::MailVerdict::failed:
            break;
    }
    return fail(ErrorKind::unavailable, "the mail could not be judged: " + taken->note);
}

}  // namespace restante::mda
