#include "store/store.hpp"

namespace restante::store {
namespace {
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

}  // namespace restante::store
