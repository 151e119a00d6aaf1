#pragma once
// Internal to popd: one session.
#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "login/exchange.hpp"
#include "net/session_list.hpp"
#include "net/stream.hpp"
#include "net/watchdog.hpp"
#include "pop3/server_machine.hpp"
#include "popd/login_gate.hpp"
#include "popd/service.hpp"

namespace restante::popd {

struct Counters {
    explicit Counters(Metrics& metrics);
    Counter &connections, &tls_handshakes, &logins, &failed_logins, &plaintext_logins, &in_use, &too_soon;
    Counter &messages, &octets, &deleted, &mass_deletions;
    Gauge& sessions;
};

/// What the sessions share that began while the same options held.
struct Shared {
    Shared(const Surroundings& s, Options o, Counters& c, LoginGate& g, std::shared_ptr<net::ServiceRun> r)
        : surroundings(s),
          door(login::Doorkeeper::make(s.directory, s.passwords, s.guard, s.log, o.login)),
          options(with_mechanisms(std::move(o), door)),
          counters(c),
          gate(g),
          run(std::move(r)),
          stopping(run->stopping) {}
    using Door = Result<std::shared_ptr<login::Doorkeeper>>;
    static Options with_mechanisms(Options options, const Door& door);

    const Surroundings& surroundings;
    const Door door;  // an error keeps the service from starting
    const Options options;
    Counters& counters;
    LoginGate& gate;
    const std::shared_ptr<net::ServiceRun> run;
    const std::atomic<bool>& stopping;
};

/// Lives in the coroutine that runs it, on its stream's executor.
class Session final : private pop3::Listing {
public:
    Session(Shared& shared, net::Stream stream, bool implicit_tls);
    ~Session() override;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Until the connection is done. An exception other than a cancellation is logged and told the client.
    net::Task<> run();
    /// On the session's executor: ends it now if it only waits for a command.
    void end_if_idle();
    /// On the session's executor: closes the connection under whatever it does. Deletes nothing.
    void cut();

private:
    std::size_t count() const override { return shown_ ? shown_->size() : entries_.size(); }
    std::uint64_t octets(std::size_t index) const override { return entries_[place(index)].size; }
    void append_uidl(std::size_t index, std::string& out) const override { maildrop_->append_uidl(place(index), out); }
    /// Of a message of the listing in entries_.
    std::size_t place(std::size_t index) const { return shown_ ? (*shown_)[index] : index; }
    Result<void> open_view(std::int64_t account);

    net::Task<> converse();
    // Each performs a step of the machine; false: the session is over.
    net::Task<bool> perform(const pop3::NeedInput& step);
    net::Task<bool> perform(const pop3::Flush& step);
    net::Task<bool> perform(const pop3::StartTls& step);
    net::Task<bool> perform(const pop3::Authenticate& step);
    net::Task<bool> perform(const pop3::Apop& step);
    net::Task<bool> perform(const pop3::SaslStart& step);
    net::Task<bool> perform(const pop3::SaslResponse& step);
    net::Task<bool> perform(const pop3::OpenMaildrop& step);
    net::Task<bool> perform(const pop3::ReadMessage& step);
    net::Task<bool> perform(const pop3::CommitDeletes& step);
    net::Task<bool> perform(const pop3::Close& step);

    net::Task<bool> flush();
    net::Task<bool> read_more();
    net::Task<bool> shake_hands();
    net::Task<bool> go_on(login::Outcome outcome);
    net::Task<bool> conclude(Result<directory::Login> login, std::string name);
    void recognised(directory::Login login, std::string_view name);
    net::Task<bool> login_failed(pop3::Refusal refusal, std::string name, std::string reason,
                                 std::chrono::milliseconds delay);
    directory::LoginContext login_context() const;
    net::Task<Result<void>> remove(std::vector<store::MessageId> ids);
    net::Task<> watch_deletions(std::size_t count);
    net::Task<Result<std::size_t>> read_message(const store::Entry& entry, std::uint64_t offset, std::span<char> into);
    net::Task<> drain();
    void release_buffers();
    void log_end() const;
    void watch();
    void note_fault();
    void note_close(pop3::CloseReason reason);
    void failed(watch::Cause cause, std::string_view detail = {}) {
        if (tap_) tap_->failed(cause, detail);
    }
    static net::Task<> end_later(std::shared_ptr<Session*> session);

    Shared& shared_;
    std::shared_ptr<Session*> self_;          // null inside once the session is gone; touched on its executor
    std::unique_ptr<watch::SessionTap> tap_;  // null: nobody listens
    net::Stream stream_;
    net::Watchdog watchdog_;
    pop3::ServerMachine machine_;
    std::unique_ptr<login::Exchange> exchange_;
    LoginGate::Slot slot_;
    std::unique_ptr<store::Maildrop> maildrop_;
    std::span<const store::Entry> entries_;
    std::optional<std::vector<std::uint32_t>> shown_;  // places in entries_, where the client sees another list
    std::unique_ptr<char[]> chunk_;
    std::size_t chunk_size_ = 0;
    std::int64_t account_ = 0;  // 0: not logged in
    std::string account_name_;
    std::string client_;                                   // what it logged in as
    std::optional<directory::Pop3Settings> own_settings_;  // of the account that logs in, if it has its own
    directory::Pop3Settings settings_;
    std::uint64_t messages_ = 0, octets_ = 0, deleted_ = 0;
    bool waiting_ = false;
    bool heard_ = false;  // anything at all
};

}  // namespace restante::popd
