#pragma once
// What the API's operations work on. The root builds it; everything outlives the server.
#include <boost/json/object.hpp>
#include <functional>

#include "admin/credentials.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "directory/directory.hpp"
#include "directory/pop_uses.hpp"
#include "directory/send_as.hpp"
#include "fetch/connections.hpp"
#include "mda/mda.hpp"
#include "net/work_pool.hpp"
#include "store/maintenance.hpp"
#include "store/store.hpp"
#include "work/work.hpp"

namespace restante::directory {
class Alerts;
}
namespace restante::watch {
class SessionWatch;
}
namespace restante::fetch {
class Fetcher;
}
namespace restante::relay {
class Queue;
class Smarthosts;
class TlsReporter;
}

namespace restante::mailauth {
class DkimKeys;
}
namespace restante::filter {
class SpamFilter;
}
namespace restante::probe {
class Prober;
}

namespace restante::admin {

class Services;
class Settings;

struct Parts {
    directory::Directory& directory;
    store::MessageStore& store;
    work::Work& work;
    fetch::Connections& connections;
    fetch::Fetcher& fetcher;
    Credentials& credentials;
    const Clock& clock;
    Log& log;
    /// What only the root knows: {"version":..., "hostname":..., "listeners":[...]}, see schema ServerStatus.
    std::function<boost::json::object()> server_status;
    /// Blocking. What the root does to the whole store.
    struct Upkeep {
        std::function<Result<store::VerifyReport>()> verify;
        std::function<Result<std::uint64_t>()> compact;  // octets freed
        std::function<Result<store::BackupReport>(const std::string& folder)> backup;
    } upkeep{};
    std::vector<watch::SessionWatch*> watches{};  // of the mail services
    directory::Alerts* alerts = nullptr;  // never null in a server
    /// Blocking: an audit row for a change that lies in no table.
    std::function<Result<void>(const std::string& actor, const std::string& action, const std::string& object,
                               const std::string& detail)>
        audit{};
    Services* services = nullptr;  // never null in a server
    Settings* settings = nullptr;  // never null in a server
    std::function<directory::Pop3Settings()> pop3_defaults = [] { return directory::Pop3Settings{}; };
    /// What mail that is moved in needs.
    struct MovingIn {
        mda::Mda* mda = nullptr;  // null: nothing can be moved in
        net::WorkPool* pool = nullptr;
        std::size_t in_memory = 1U << 20;         // octets of a draft the store holds in memory
        std::uint64_t max_message = 1ULL << 30;  // octets
    } moving_in{};
    probe::Prober* prober = nullptr;  // never null in a server
    mailauth::DkimKeys* dkim = nullptr;  // the same
    filter::SpamFilter* spam_filter = nullptr;  // the same
    relay::Queue* queue = nullptr;            // never null in a server
    relay::Smarthosts* smarthosts = nullptr;  // never null in a server
    directory::SendAs* send_as = nullptr;    // never null in a server
    directory::PopUses* pop_uses = nullptr;  // never null in a server
    relay::TlsReporter* tls_reports = nullptr;  // never null in a server
};

}  // namespace restante::admin
