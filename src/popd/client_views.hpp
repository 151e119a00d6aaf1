#pragma once
// What robots deleted only from their own sight: an account's setting "leave" hides a message from the client that
// deleted it, and from no other. Tables of module "popd".
#include <span>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "store/store.hpp"

namespace restante::popd {

/// Thread-safe. Blocking. Errors: as db::Session.
class ClientViews {
public:
    explicit ClientViews(db::Database& database) : database_(database) {}
    static std::span<const db::Migration> migrations();

    /// Ids `client` no longer sees, ascending. What is no longer among `messages` (ascending) is forgotten.
    Result<std::vector<store::MessageId>> hidden(std::int64_t account, const std::string& client,
                                                 std::span<const store::Entry> messages);
    /// Durable when it returns.
    Result<void> hide(std::int64_t account, const std::string& client, std::span<const store::MessageId> ids);

private:
    db::Database& database_;
};

}  // namespace restante::popd
