#include "store/store.hpp"

namespace restante::store {
namespace {
constexpr const char* kNeedsLease = "this store reads maildrops with a lease only";
constexpr const char* kKeepsNothing = "this store does not keep what was deleted";
}

Result<std::vector<Retirement>> MessageStore::retirements(MaildropId) {
    return fail(ErrorKind::unsupported, kKeepsNothing);
}

Result<std::vector<HiddenMessage>> MessageStore::hidden_messages(MaildropId, RetirementId) {
    return fail(ErrorKind::unsupported, kKeepsNothing);
}

Result<MaildropSize> MessageStore::restore(MaildropId, RetirementId, std::vector<MessageId>) {
    return fail(ErrorKind::unsupported, kKeepsNothing);
}

Result<std::vector<Entry>> MessageStore::list(MaildropId) { return fail(ErrorKind::unsupported, kNeedsLease); }

Result<Entry> MessageStore::find(MaildropId, MessageId) { return fail(ErrorKind::unsupported, kNeedsLease); }

Result<std::size_t> MessageStore::read(MaildropId, const Entry&, std::uint64_t, std::span<char>) {
    return fail(ErrorKind::unsupported, kNeedsLease);
}

Result<void> MessageStore::remove_messages(MaildropId, std::vector<MessageId>) {
    return fail(ErrorKind::unsupported, kNeedsLease);
}

}  // namespace restante::store
