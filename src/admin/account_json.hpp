#pragma once
// Accounts as the API's groups about them share them. Internal to the module.
#include "admin/http_message.hpp"
#include "admin/schema.hpp"
#include "directory/directory.hpp"

namespace restante::admin {

struct Parts;

/// Of an object that conforms to AccountCreate.
directory::Directory::NewAccount read_account(const json::object& body);
/// Schema Account, with the size of the maildrop, which costs a look into the store.
Result<Response> full_account(Parts& parts, const directory::Account& account, int status = 200);

}  // namespace restante::admin
