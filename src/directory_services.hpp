#pragma once
// Who has mail here, and what the server has noted of them: accounts and addresses, alerts, grants to send, POP logins.
#include <memory>

#include "config.hpp"
#include "data_directory.hpp"
#include "db/database.hpp"
#include "directory/alerts.hpp"
#include "directory/directory.hpp"
#include "directory/pop_logins.hpp"
#include "directory/pop_uses.hpp"
#include "directory/send_as.hpp"
#include "popd/client_views.hpp"

namespace restante {

/// All of it lies in the database, which outlives it; so do the others.
/// Those of the configuration, and the host name.
directory::Options directory_options(const Config& config, const std::string& hostname);

class DirectoryServices {
public:
    /// Blocking. Makes the tables and the key that are missing.
    static Result<std::unique_ptr<DirectoryServices>> open(db::Database& database, DataDirectory& data, const Clock& clock,
                                                           IdSource& ids, Log& log, const Config& config);

    directory::Directory& directory() { return *directory_; }
    directory::Alerts& alerts() { return alerts_; }
    directory::SendAs& send_as() { return send_as_; }
    directory::PopLogins& pop_logins() { return pop_logins_; }
    directory::PopUses& pop_uses() { return pop_uses_; }
    popd::ClientViews& client_views() { return client_views_; }

private:
    DirectoryServices(db::Database& database, const Clock& clock, IdSource& ids)
        : alerts_(database, ids, clock), send_as_(database, ids, clock), pop_uses_(database, clock), client_views_(database) {}

    std::unique_ptr<directory::Directory> directory_;
    directory::Alerts alerts_;
    directory::SendAs send_as_;
    directory::PopLogins pop_logins_;
    directory::PopUses pop_uses_;
    popd::ClientViews client_views_;
};

}  // namespace restante
