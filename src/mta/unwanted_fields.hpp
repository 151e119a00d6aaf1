#pragma once
// Fields that are taken out of what comes in: Bcc of our users' mail, and what others say in our name.
#include <memory>
#include <string>

#include "net/task.hpp"
#include "net/work_pool.hpp"
#include "store/store.hpp"

namespace restante::mta {

struct UnwantedFields {
    std::string authserv_id;   // Authentication-Results in this name, and malformed ones (RFC 8601 5)
    bool spam_fields = false;  // X-Spam-Flag, -Score, -Tests
    bool bcc = false;          // Bcc, Resent-Bcc (RFC 5322 3.6.3)
};

struct FieldsCut {
    std::size_t results = 0;  // Authentication-Results
    std::size_t others = 0;
};

/// The draft may be another one afterwards. Errors: those of the draft. A draft beyond inline_octets is read and copied
/// on the work pool.
net::Task<Result<FieldsCut>> cut_unwanted(std::unique_ptr<store::Draft>& draft, UnwantedFields unwanted,
                                          store::MessageStore& store, net::WorkPool& work, std::uint64_t inline_octets);

}  // namespace restante::mta
