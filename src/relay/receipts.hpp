#pragma once
// Reports of delivery to mailboxes here, for senders who asked for them. They go through the outbox, like all mail of
// the server's own.
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "mda/receipts.hpp"
#include "store/outbox.hpp"

namespace restante::relay {

class Receipts final : public mda::Receipts {
public:
    /// outbox and log outlive it.
    Receipts(store::Outbox& outbox, Log& log, std::string host_name)
        : outbox_(outbox), log_(log), host_name_(std::move(host_name)) {}
    void delivered(const Arrival& arrival) override;

private:
    store::Outbox& outbox_;
    Log& log_;
    const std::string host_name_;
};

}  // namespace restante::relay
