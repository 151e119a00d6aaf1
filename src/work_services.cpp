#include "work_services.hpp"

#include "net/io_pool.hpp"

namespace restante {
namespace {
constexpr std::size_t kKeyBytes = 32;

struct ReplyAddresses {
    message::Address sender;
    message::Address reply;
};

// The configuration has checked what it names.
Result<ReplyAddresses> reply_addresses(const Config::Reply& config, const std::string& hostname) {
    auto sender = message::Address::parse(config.sender.empty() ? "notifications@" + hostname : config.sender);
    if (!sender) return fail(ErrorKind::invalid, "[reply] sender must be set: the host name makes no mail address");
    auto reply = config.address.empty() ? sender : message::Address::parse(config.address);
    if (!reply) return fail(reply.error());
    return ReplyAddresses{std::move(*sender), std::move(*reply)};
}
}  // namespace

WorkServices::WorkServices(const WorkParts& parts, const Config& config, const std::string& hostname)
    : parts_(parts), config_(config), hostname_(hostname), outbox_(parts.database, parts.clock, parts.ids) {}

Result<std::unique_ptr<WorkServices>> WorkServices::open(const WorkParts& parts, const Config& config, const std::string& hostname) {
    std::unique_ptr<WorkServices> services(new WorkServices(parts, config, hostname));
    if (auto opened = services->open_tables(); !opened) return fail(opened.error());
    return services;
}

Result<void> WorkServices::open_tables() {
    if (auto migrated = parts_.database.migrate(store::Outbox::migrations()); !migrated) return migrated;
    auto rules = mda::AccountRules::open(
        {parts_.database, parts_.directory, parts_.store, outbox_, parts_.clock, parts_.ids, parts_.log}, config_.rules);
    if (!rules) return fail(rules.error());
    account_rules_ = std::move(*rules);
    auto key = parts_.data.secret("reply.key", kKeyBytes);
    if (!key) return fail(key.error());
    const auto addresses = reply_addresses(config_.reply, hostname_);
    if (!addresses) return fail(addresses.error());

    reply::NotificationOptions notification = config_.reply.notification;
    notification.sender = addresses->sender;
    notification.reply_address = addresses->reply;
    notifications_ = std::make_unique<reply::Notifications>(reply::TokenSeal(*key), notification);
    auto work = work::Work::open(parts_.database, parts_.ids, parts_.clock, *notifications_, reply::enqueue_into(outbox_), config_.work);
    if (!work) return fail(work.error());
    work_ = std::move(*work);

    reply::IntakeOptions intake = config_.reply.intake;
    intake.own_addresses = {addresses->sender, addresses->reply};
    intake_ = std::make_unique<reply::Intake>(*work_, reply::TokenSeal(*key), parts_.clock, parts_.log, intake);
    reply_intake_ = std::make_unique<mda::ReplyIntake>(*intake_);

    auto box = parts_.data.secret("connections.key", SecretBox::kKeyOctets);
    if (!box) return fail(box.error());
    fetch::Options options = config_.fetch;
    options.hostname = hostname_;
    auto connections = fetch::Connections::open(parts_.database, parts_.directory, parts_.ids, parts_.clock, std::move(*box), options);
    if (!connections) return fail(connections.error());
    connections_ = std::move(*connections);
    return {};
}

void WorkServices::build(net::IoPool& io, net::WorkPool& pool, net::TaskGroup& group, mda::Mda& mda) {
    fetch_parts_ = std::make_unique<fetch::Parts>(
        fetch::Parts{*connections_, mda, parts_.store, parts_.directory, pool, parts_.clock, parts_.log});
    fetcher_ = std::make_unique<fetch::Fetcher>(*fetch_parts_, io);
    mta::RelayOptions relay;
    relay.host_name = hostname_;
    relay_ = std::make_unique<mta::Relay>(
        mta::Relay::Parts{pool, group, outbox_, mda, parts_.store, parts_.clock, parts_.log, parts_.metrics}, relay);
}

void WorkServices::start(net::IoPool& io) {
    fetcher_->start();
    relay_->start(io.next());
}

void WorkServices::stop() {
    if (relay_) relay_->stop();
    while (fetcher_ && !fetcher_->stop()) parts_.log.warn("fetch.still_ending");
}

}  // namespace restante
