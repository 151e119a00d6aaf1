#include "stack.hpp"

#include <stdlib.h>

#include <functional>
#include <stdexcept>
#include <thread>

namespace restante::transcripts {
namespace {
template <class T>
T required(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().detail);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// One key for all: making it costs more than a session.
std::shared_ptr<net::LiveTlsContext> tls_context() {
    static const auto context = [] {
        const auto pair = required(net::make_self_signed({"localhost", "127.0.0.1"}, 2));
        net::TlsServerOptions options;
        options.certificate_chain_pem = pair.certificate_pem;
        options.private_key_pem = pair.private_key_pem;
        return required(net::TlsServerContext::make(options));
    }();
    return std::make_shared<net::LiveTlsContext>(context);
}

bool wait_until(const std::function<bool()>& condition) {
    using namespace std::chrono_literals;
    for (const auto end = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < end;) {
        if (condition()) return true;
        std::this_thread::sleep_for(1ms);
    }
    return condition();
}
}  // namespace

Accounts::Accounts() {
    std::string name = (std::filesystem::temp_directory_path() / "restante-popd-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    db::Database::Options database;
    database.sqlite.path = folder_ / "x.db";
    database.sqlite.sync = db::Sync::normal;
    database_ = required(db::Database::open(database));
    directory::Options options;
    options.argon2_memory_kib = 64;
    options.argon2_passes = 1;
    options.secret_key = std::string(32, 'k');
    directory_ = required(directory::Directory::open(*database_, ids_, clock_, null_log(), options));
    for (const auto migrations : {directory::Alerts::migrations(), popd::ClientViews::migrations()})
        if (!database_->migrate(migrations)) throw std::runtime_error("no tables");
    alerts_ = std::make_unique<directory::Alerts>(*database_, ids_, clock_);
    views_ = std::make_unique<popd::ClientViews>(*database_);
    const auto tenant = required(directory_->create_tenant("boss", "correct-horse", true, {}));
    required(directory_->create_domain(tenant.id, "example.org", {}));
}

Accounts::~Accounts() {
    directory_.reset();
    database_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void Accounts::add(const std::string& name, const std::string& password) {
    if (directory_->account(name)) return;
    required(directory_->create_account({name, "example.org", "", "", "{PLAIN}" + password}, {}));
}

Stack::Stack(Accounts& accounts, popd::Options options, bool tls) : alerts(&accounts.alerts()) {
    options.listen = {"127.0.0.1:0"};
    if (tls) options.listen_tls = {"127.0.0.1:0"};
    service = std::make_unique<popd::Service>(
        popd::Surroundings{io, group, work, passwords, accounts.directory(), guard, store, null_log(), metrics,
                           tls ? tls_context() : nullptr, &accounts.alerts(), &watch, &accounts.views()},
        std::move(options));
    required(service->start());
}

void Stack::stop() { service->stop(); }

Stack::~Stack() {
    service->stop();
    group.cancel();
    group.wait(std::chrono::seconds(20));
}

bool Stack::wait_for_connections(std::size_t count) const {
    return wait_until([&] { return service->connections() == count; });
}

bool Stack::wait_until_lease_is_free() const {
    return wait_until([&] { return !store.leased(); });
}

}  // namespace restante::transcripts
