#pragma once
// One poll of one connection: list, read what is new, hand it to the door, remember it, and only then delete it.
#include <optional>
#include <span>
#include <vector>

#include "fetch/connections.hpp"
#include "fetch/deliveries.hpp"
#include "fetch/plan.hpp"
#include "fetch/session.hpp"
#include "mda/mda.hpp"
#include "net/work_pool.hpp"

namespace restante::fetch {

/// What polls are made with; outlives them.
struct Parts {
    Connections& connections;
    mda::Mda& mda;
    store::MessageStore& store;
    directory::Directory& directory;
    net::WorkPool& pool;
    const Clock& clock;
    Log& log;
};

class Poll {
public:
    Poll(const Parts& parts, Connection connection)
        : parts_(parts), options_(parts.connections.options()), connection_(std::move(connection)) {}

    /// Once. Dropping the coroutine at any point loses nothing: what was not remembered is read again, and delivered
    /// under the same id.
    net::Task<PollReport> run();

private:
    struct ReadMail {
        std::unique_ptr<store::Draft> draft;  // null: gone, or grew too large while it was read
        std::string sha256;
        std::uint64_t octets = 0;
    };
    struct Batch {
        std::vector<SeenMail> pending;  // handed to the door, verdict to come; same order as deliveries
        std::vector<SeenMail> records;
        std::vector<PlannedMail> removals;
        std::vector<std::uint64_t> numbers;  // of pending, on the server
    };

    net::Task<Result<void>> work();
    net::Task<Result<void>> prepare();
    net::Task<Result<std::vector<PlannedMail>>> list_mails(Session& session);
    net::Task<Result<void>> take_all(Session& session, std::vector<PlannedMail> mails);
    net::Task<Result<void>> take_batch(Session& session, std::span<const PlannedMail> mails);
    net::Task<Result<void>> take_one(Session& session, PlannedMail mail, Batch& batch);
    /// Asks for the mail if it must be read.
    void ask_for(Session& session, const PlannedMail& mail);
    /// The next mail that was asked for.
    net::Task<Result<ReadMail>> read_mail(Session& session);
    net::Task<Result<void>> append(store::Draft& draft, std::string text);
    net::Task<Result<void>> remove_mails(Session& session, std::span<const PlannedMail> mails);
    net::Task<Result<void>> quit(Session& session);
    std::span<const PlannedMail> next_batch(std::span<const PlannedMail> rest) const;
    void hand_over(ReadMail mail, const std::string& key);
    void judge(SeenMail& mail, const Result<mda::Outcome>& outcome);
    bool at_unrelated_limit() const;
    std::string trace() const;
    tl::unexpected<Error> local(Error error);

    const Parts& parts_;
    const Options& options_;
    const Connection connection_;
    std::string password_;
    message::Envelope envelope_;
    SeenByKey seen_;
    std::vector<std::string> on_server_;  // keys
    std::vector<std::string> marked_;     // keys of what DELE was answered for
    Deliveries deliveries_;
    std::string trace_;
    std::uint64_t asked_ = 0;  // mails asked for and not read to their end
    std::uint64_t put_off_in_a_row_ = 0;
    PollReport report_;
};

}  // namespace restante::fetch
