#pragma once
// Replies to notifications as an Intake.
#include "mda/intake.hpp"
#include "reply/intake.hpp"

namespace restante::mda {

/// Thread-safe; the reply intake must outlive it.
class ReplyIntake final : public Intake {
public:
    explicit ReplyIntake(reply::Intake& replies) : replies_(replies) {}
    Result<Verdict> take(const Mail& mail) override;

private:
    reply::Intake& replies_;
};

}  // namespace restante::mda
