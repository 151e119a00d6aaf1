#include "fetch/pop3_source.hpp"

#include <unordered_map>

#include "base/text.hpp"
#include "fetch/session.hpp"
#include "fetch/settings.hpp"
#include "net/task_group.hpp"

namespace restante::fetch {
namespace {

constexpr std::uint32_t kLongestMinutes = 24 * 60;

using Take = std::function<Result<void>(std::string_view)>;

class Pop3Source final : public moving::Source {
public:
    Pop3Source(net::IoPool& io, net::WorkPool& pool, const Settings& settings)
        : executor_(io.next()), pool_(pool), settings_(settings) {
        options_.allow_loopback = options_.allow_internal = true;
        options_.poll_minutes = kLongestMinutes;
    }
    // On its executor, and with a proper end: the server keeps everything either way.
    ~Pop3Source() override { net::run_blocking(executor_, end()); }

    Result<moving::SourceListing> list() override { return net::run_blocking(executor_, list_all()); }
    Result<void> read(const moving::SourceMessage& message, const Take& take) override {
        return net::run_blocking(executor_, read_one(numbers_.at(message.key), take));
    }

private:
    net::Task<Result<moving::SourceListing>> list_all() {
        auto checked = checked_settings(settings_, options_);
        if (!checked) co_return fail(std::move(checked.error()));
        auto opened = co_await open_session(pool_, *checked, checked->password, options_, nullptr);
        if (!opened) co_return fail(std::move(opened.error()));
        session_ = std::move(*opened);
        session_->machine().uidl();
        auto identified = co_await session_->next();
        if (!identified) co_return fail(std::move(identified.error()));
        const auto* uidls = std::get_if<pop3::client::Uidls>(&*identified);
        if (uidls == nullptr)
            co_return fail(ErrorKind::unsupported, "the server has no UIDL: nothing can be kept; collect from it with a connection instead");
        const std::vector<pop3::Identified> ids = uidls->messages;
        session_->machine().list();
        auto listed = co_await session_->next();
        if (!listed) co_return fail(std::move(listed.error()));
        const auto* sizes = std::get_if<pop3::client::Listing>(&*listed);
        if (sizes == nullptr) co_return fail(ErrorKind::protocol, "the server does not list its messages");
        const std::vector<pop3::Listed> octets = sizes->messages;
        co_return put_together(ids, octets);
    }

    moving::SourceListing put_together(const std::vector<pop3::Identified>& ids, const std::vector<pop3::Listed>& sizes) {
        std::unordered_map<std::uint64_t, std::string> uidls;
        for (const pop3::Identified& one : ids) uidls[one.number] = one.uidl;
        moving::SourceListing out;
        const Timestamp now = SystemClock().now();
        for (const pop3::Listed& one : sizes) {
            moving::SourceMessage message;
            message.name = "message " + std::to_string(one.number);
            message.octets = one.octets;
            message.received_at = now;
            const auto uidl = uidls.find(one.number);
            if (uidl == uidls.end()) {
                out.notes.push_back(message.name + " has no UIDL and is left out");
                continue;
            }
            message.uidl = message.key = uidl->second;
            if (!numbers_.emplace(message.key, one.number).second) {
                out.notes.push_back(message.name + ": UIDL " + escape_for_log(message.uidl, 80) + " occurs twice on the server");
                message.key += " again " + std::to_string(one.octets);
                if (!numbers_.emplace(message.key, one.number).second) continue;
            }
            out.messages.push_back(std::move(message));
        }
        return out;
    }

    static tl::unexpected<Error> broken(Error error) {
        return fail(ErrorKind::unavailable, "the session has ended: " + error.detail + "; run the same command again to go on");
    }

    net::Task<Result<void>> read_one(std::uint64_t number, Take take) {
        if (!session_) co_return fail(ErrorKind::unavailable, "the session has ended");
        session_->machine().retr(number);
        Result<void> kept;
        for (;;) {
            auto step = co_await session_->next();
            if (!step) {
                session_.reset();
                co_return broken(std::move(step.error()));
            }
            if (const auto* refused = std::get_if<pop3::client::Refused>(&*step)) {
                Error error = error_of(*refused, "this message");
                if (error.kind == ErrorKind::unavailable) error.kind = ErrorKind::busy;  // this message, not the session
                co_return fail(std::move(error));
            }
            const std::string text = std::exchange(session_->machine().text(), {});
            if (kept && !text.empty()) kept = take(text);
            if (std::holds_alternative<pop3::client::MessageEnd>(*step)) break;
        }
        co_return kept;
    }

    net::Task<> end() {
        if (!session_) co_return;
        session_->machine().quit();
        (void)co_await session_->next();
        session_.reset();
    }

    const net::Executor executor_;
    net::WorkPool& pool_;
    const Settings settings_;
    Options options_;
    std::unique_ptr<Session> session_;
    std::unordered_map<std::string, std::uint64_t> numbers_;
};

}  // namespace

std::unique_ptr<moving::Source> make_pop3_source(net::IoPool& io, net::WorkPool& pool, const Settings& settings) {
    return std::make_unique<Pop3Source>(io, pool, settings);
}

}  // namespace restante::fetch
