#include "admin/message_import.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "admin/resources.hpp"
#include "base/text.hpp"
#include "fetch/deliveries.hpp"
#include "moving/line_ends.hpp"

namespace restante::admin {
namespace {

constexpr std::size_t kHeadLimit = 8'192;          // of a message's JSON line
constexpr std::size_t kAtOnce = 64;                // deliveries under way
constexpr std::uint64_t kOctetsAtOnce = 8U << 20;  // of them
constexpr std::size_t kFailuresTold = 1'000;

/// One message as its head announces it.
struct Announced {
    std::string delivery_id, uidl;
    Timestamp received_at{};
    std::uint64_t octets = 0;
};

Result<Announced> read_head(const Schemas& schemas, std::string_view line, Timestamp now) {
    boost::system::error_code failed;
    const json::value value = json::parse(line, failed);
    if (failed) return fail(ErrorKind::invalid, "a message does not begin with a line of JSON: " + failed.message());
    const auto faults = schemas.check("MessageHead", value);
    if (!faults.empty()) return fail(ErrorKind::invalid, "a message's head: " + faults[0].field + " " + faults[0].detail);
    const json::object& head = value.as_object();
    return Announced{*get_string(head, "delivery_id"), get_string(head, "uidl").value_or(""),
                     time_in(head, "received_at").value_or(now), static_cast<std::uint64_t>(*get_integer(head, "octets"))};
}

/// Holds the maildrop while it works: a client that looked into a maildrop half full would forget UIDLs it knows, and
/// download those messages again.
class MessageSink final : public BodySink {
public:
    MessageSink(Parts& parts, const Schemas& schemas, const directory::Account& account,
                std::unique_ptr<store::Maildrop> lease, std::string actor)
        : parts_(parts), schemas_(schemas), account_(account), lease_(std::move(lease)), actor_(std::move(actor)) {}

    net::Task<Result<void>> take(std::string piece) override {
        buffer_ += piece;
        std::size_t at = 0;
        for (;;) {
            if (!current_) {
                const std::size_t end = buffer_.find('\n', at);
                if (end == std::string::npos) break;
                auto begun = begin(std::string_view(buffer_).substr(at, end - at));
                if (!begun) co_return begun;
                at = end + 1;
            }
            const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer_.size() - at));
            auto taken = co_await append(std::string_view(buffer_).substr(at, size));
            if (!taken) co_return taken;
            at += size;
            left_ -= size;
            if (left_ > 0) break;
            auto ended = co_await end_message();
            if (!ended) co_return ended;
        }
        buffer_.erase(0, at);
        if (!current_ && buffer_.size() > kHeadLimit)
            co_return fail(ErrorKind::invalid, "a message does not begin with a line of JSON");
        co_return Result<void>{};
    }

    net::Task<Result<Response>> finish() override {
        auto settled = co_await settle();
        if (!settled) co_return fail(std::move(settled.error()));
        if (current_ || !buffer_.empty()) co_return fail(ErrorKind::invalid, "the last message is not whole");
        const auto job = [this] { return note(); };
        auto noted = co_await parts_.moving_in.pool->run(job);
        if (!noted) co_return fail(std::move(noted.error()));
        json::object out;
        out["stored"] = stored_;
        out["known"] = repeated_.size();
        out["repeated"] = std::move(repeated_);
        out["failed"] = failed_;
        out["octets"] = octets_;
        out["failures"] = std::move(failures_);
        co_return Response::of(std::move(out));
    }

private:
    Result<void> begin(std::string_view line) {
        auto head = read_head(schemas_, line, parts_.clock.now());
        if (!head) return fail(std::move(head.error()));
        current_ = std::move(*head);
        left_ = current_->octets;
        ends_ = {};
        fault_.clear();
        if (left_ > parts_.moving_in.max_message) {
            fault_ = "it has " + human_bytes(left_) + ", more than [moving] max_message allows";
            return {};
        }
        auto draft = parts_.store.create_draft();
        if (!draft) return fail(std::move(draft.error()));
        draft_ = std::move(*draft);
        return {};
    }

    net::Task<Result<void>> append(std::string_view bytes) {
        if (!draft_) co_return Result<void>{};
        std::string text;
        ends_.convert(bytes, text);
        if (left_ == bytes.size()) ends_.finish(text);
        if (text.empty()) co_return Result<void>{};
        if (draft_->size() + text.size() <= parts_.moving_in.in_memory) co_return draft_->append(text);
        const auto job = [&]() -> Result<void> { return draft_->append(text); };
        auto done = co_await parts_.moving_in.pool->run(job);
        co_return done;
    }

    net::Task<Result<void>> end_message() {
        const Announced message = std::move(*current_);
        current_.reset();
        if (!draft_) {
            tell_failure(message.delivery_id, fault_);
            co_return Result<void>{};
        }
        const std::uint64_t size = draft_->size();
        mda::Origin origin;
        origin.kind = mda::Origin::Kind::import;
        origin.delivery_id = "import:" + std::to_string(account_.id) + ":" + message.delivery_id;
        origin.uidl = message.uidl;
        origin.maildrop = account_.id;
        origin.received_at = message.received_at;
        under_way_.push_back({message.delivery_id, size});
        octets_under_way_ += size;
        deliveries_.start(*parts_.moving_in.mda, {}, std::move(draft_), std::move(origin));
        // A large one is written apart and would be overtaken.
        if (size > parts_.moving_in.in_memory || under_way_.size() >= kAtOnce || octets_under_way_ >= kOctetsAtOnce) {
            auto settled = co_await settle();
            co_return settled;
        }
        co_return Result<void>{};
    }

    /// Errors: what would befall every further message too.
    net::Task<Result<void>> settle() {
        if (under_way_.empty()) co_return Result<void>{};
        const auto outcomes = co_await deliveries_.finish();
        Result<void> result;
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            const auto& outcome = outcomes[i];
            if (!outcome) {
                if (outcome.error().retry == Retry::later) result = fail(outcome.error());
                tell_failure(under_way_[i].delivery_id, outcome.error().detail);
                continue;
            }
            if (outcome->duplicate) {
                repeated_.push_back(json::string(under_way_[i].delivery_id));
                continue;
            }
            ++stored_;
            octets_ += under_way_[i].octets;
        }
        under_way_.clear();
        octets_under_way_ = 0;
        co_return result;
    }

    void tell_failure(const std::string& delivery_id, const std::string& detail) {
        ++failed_;
        if (failures_.size() < kFailuresTold) failures_.push_back(json::object{{"delivery_id", delivery_id}, {"detail", detail}});
    }

    Result<void> note() {
        return parts_.audit(actor_, "account.import", account_.name,
                                      std::to_string(stored_) + " messages, " + std::to_string(octets_) + " octets; " +
                                          std::to_string(repeated_.size()) + " known already, " + std::to_string(failed_) + " failed");
    }

    struct UnderWay {
        std::string delivery_id;
        std::uint64_t octets = 0;
    };
    Parts& parts_;
    const Schemas& schemas_;
    const directory::Account account_;
    const std::unique_ptr<store::Maildrop> lease_;
    const std::string actor_;
    std::string buffer_;  // not used yet
    std::optional<Announced> current_;
    std::uint64_t left_ = 0;  // octets of it to come
    moving::LineEnds ends_;
    std::unique_ptr<store::Draft> draft_;  // null: it is refused
    std::string fault_;
    fetch::Deliveries deliveries_;
    std::vector<UnderWay> under_way_;
    std::uint64_t octets_under_way_ = 0;
    std::uint64_t stored_ = 0, failed_ = 0, octets_ = 0;
    json::array repeated_, failures_;
};

Result<std::unique_ptr<BodySink>> take_messages(Parts& parts, const Schemas& schemas, const Request& request) {
    if (parts.moving_in.mda == nullptr) return fail(ErrorKind::unavailable, "nothing can be moved in here");
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    auto lease = parts.store.open_maildrop(account->id);
    if (!lease && lease.error().kind == ErrorKind::busy)
        return fail(ErrorKind::busy, "a POP3 session of " + account->name + " is open; try again when it has ended");
    if (!lease) return fail(std::move(lease.error()));
    return std::make_unique<MessageSink>(parts, schemas, *account, std::move(*lease), request.principal.name);
}

}  // namespace

void add_message_import(Router& router, Parts& parts) {
    Route route;
    route.method = "POST";
    route.path = "/api/v1/accounts/{name}/message-imports";
    route.operation = "importMessages";
    route.summary = "Move messages in: for each a line {\"delivery_id\", \"uidl\", \"received_at\", \"octets\"} as JSON, ended by LF, and its octets";
    route.tag = "accounts";
    route.access = Access::authenticated;
    route.response = "MessagesImported";
    route.media_type = kMessages;
    route.sink_handler = [&parts, &schemas = router.schemas()](const Request& request) { return take_messages(parts, schemas, request); };
    router.add(std::move(route));
}

}  // namespace restante::admin
