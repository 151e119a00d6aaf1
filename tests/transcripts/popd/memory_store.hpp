#pragma once
// A message store in memory with faults to order, to see what the POP3 service makes of them.
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "store/store.hpp"

namespace restante::transcripts {

class MemoryStore final : public store::MessageStore {
public:
    /// The maildrop of every account.
    void fill(std::vector<std::string> messages, std::vector<std::string> uidls);
    /// As in pop3/README.md; "cold": nothing is in the page cache; "truncated": messages end before their size.
    void order(std::set<std::string> faults);
    std::set<std::size_t> deleted() const;         // numbers from 1
    std::vector<store::Deleter> deleters() const;  // of retirements, in order
    bool leased() const;

    Result<std::unique_ptr<store::Draft>> create_draft() override;
    void commit(std::unique_ptr<store::Draft> draft, store::Delivery delivery,
                std::function<void(Result<store::Committed>)> done) override;
    Result<std::unique_ptr<store::Maildrop>> open_maildrop(store::MaildropId maildrop) override;
    Result<std::string> read_message(store::MaildropId maildrop, store::MessageId id,
                                     std::uint64_t max_octets) override;
    Result<store::MaildropSize> size_of(store::MaildropId maildrop) override;
    Result<void> remove_maildrop(store::MaildropId maildrop) override;
    store::Statistics statistics() const override { return {}; }

private:
    class Lease;
    bool fails(const std::string& what) const;

    mutable std::mutex mutex_;
    std::vector<std::string> messages_, uidls_;
    std::set<std::string> faults_;
    std::set<std::size_t> deleted_;
    std::vector<store::Deleter> deleters_;
    std::set<store::MaildropId> leases_;
};

}  // namespace restante::transcripts
