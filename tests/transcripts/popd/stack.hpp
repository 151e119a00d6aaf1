#pragma once
// The POP3 service on loopback over a real directory and a store in memory.
#include <filesystem>

#include "base/ids.hpp"
#include "db/database.hpp"
#include "memory_store.hpp"
#include "popd/client_views.hpp"
#include "popd/service.hpp"

namespace restante::transcripts {

/// A directory in a temporary folder, with cheap hashes.
class Accounts {
public:
    Accounts();
    ~Accounts();
    Accounts(const Accounts&) = delete;
    Accounts& operator=(const Accounts&) = delete;
    void add(const std::string& name, const std::string& password);
    directory::Directory& directory() { return *directory_; }
    directory::Alerts& alerts() { return *alerts_; }
    popd::ClientViews& views() { return *views_; }

private:
    std::filesystem::path folder_;
    SystemClock clock_;
    IdSource ids_{clock_};
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<directory::Directory> directory_;
    std::unique_ptr<directory::Alerts> alerts_;
    std::unique_ptr<popd::ClientViews> views_;
};

/// Listens on free ports from construction on; stopped and empty after destruction. Throws std::runtime_error.
class Stack {
public:
    /// Of options, the addresses are filled in here. No failure is delayed unless options say so.
    Stack(Accounts& accounts, popd::Options options, bool tls = true);
    ~Stack();
    Stack(const Stack&) = delete;
    Stack& operator=(const Stack&) = delete;
    std::uint16_t port() const { return service->addresses().at(0).port(); }
    std::uint16_t tls_port() const { return service->tls_addresses().at(0).port(); }
    void stop();
    /// Waits until that many sessions are open, ten seconds at most.
    bool wait_for_connections(std::size_t count) const;
    bool wait_until_lease_is_free() const;

    directory::Alerts* alerts;
    SystemClock clock;
    IdSource ids{clock};
    MemoryStore store;
    Metrics metrics;
    login::GuessGuard guard{{.delay = std::chrono::milliseconds(0)}, metrics};
    watch::SessionWatch watch{"pop3", clock, ids, null_log(), metrics};
    net::IoPool io{net::IoPoolOptions{.threads = 2}};
    net::WorkPool work{net::WorkPoolOptions{.threads = 2}};
    net::WorkPool passwords{net::WorkPoolOptions{.threads = 2}};
    net::TaskGroup group{null_log()};
    std::unique_ptr<popd::Service> service;
};

}  // namespace restante::transcripts
