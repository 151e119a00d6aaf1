#pragma once
// The message store over a body log and an index in one directory.
#include <memory>

#include "store/engine.hpp"
#include "store/store.hpp"

namespace restante::store {

class EmbeddedStore final : public MessageStore {
public:
    explicit EmbeddedStore(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}
    ~EmbeddedStore() override { engine_->close(); }
    EmbeddedStore(const EmbeddedStore&) = delete;
    EmbeddedStore& operator=(const EmbeddedStore&) = delete;

    Result<std::unique_ptr<Draft>> create_draft() override;
    void commit(std::unique_ptr<Draft> draft, Delivery delivery, std::function<void(Result<Committed>)> done) override;
    Result<std::unique_ptr<Maildrop>> open_maildrop(MaildropId maildrop) override;
    Result<std::string> read_message(MaildropId maildrop, MessageId id, std::uint64_t max_octets) override;
    Result<MaildropSize> size_of(MaildropId maildrop) override;
    std::optional<MaildropSize> known_size(MaildropId maildrop) override;
    Result<void> remove_maildrop(MaildropId maildrop) override;
    Result<std::vector<Retirement>> retirements(MaildropId maildrop) override;
    Result<std::vector<HiddenMessage>> hidden_messages(MaildropId maildrop, RetirementId retirement) override;
    Result<MaildropSize> restore(MaildropId maildrop, RetirementId retirement, std::vector<MessageId> ids) override;
    Result<std::vector<Entry>> list(MaildropId maildrop) override;
    Result<Entry> find(MaildropId maildrop, MessageId id) override;
    Result<std::size_t> read(MaildropId maildrop, const Entry& entry, std::uint64_t offset,
                             std::span<char> into) override;
    Result<void> remove_messages(MaildropId maildrop, std::vector<MessageId> ids) override;
    Statistics statistics() const override;

    Engine& engine() { return *engine_; }

private:
    const std::shared_ptr<Engine> engine_;
};

}  // namespace restante::store
