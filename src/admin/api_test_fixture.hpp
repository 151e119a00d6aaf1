#pragma once
// The API as the router serves it, over a real directory, tracker, connections and database; mail lies in memory.
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <set>

#include "admin/api.hpp"
#include "admin/framework_routes.hpp"
#include "admin/percent.hpp"
#include "admin/services.hpp"
#include "admin/settings.hpp"
#include "directory/alerts.hpp"
#include "directory/audit.hpp"
#include "fetch/fetch_fixture.hpp"
#include "filter/spam_filter.hpp"
#include "mailauth/dkim_keys.hpp"
#include "probe/prober.hpp"
#include "watch/session_watch.hpp"

namespace restante::admin {

/// Two messages.
class ShownMaildrop final : public store::Maildrop {
public:
    std::span<const store::Entry> messages() const override { return entries_; }
    void append_uidl(std::size_t index, std::string& out) const override { out += "uidl-" + std::to_string(entries_[index].id); }
    Result<std::size_t> read(const store::Entry& entry, std::uint64_t offset, std::span<char> into) override {
        const std::string text(entry.size - offset, 'a');
        std::copy_n(text.begin(), std::min(into.size(), text.size()), into.begin());
        return std::min(into.size(), text.size());
    }
    Result<std::size_t> read_cached(const store::Entry& entry, std::uint64_t offset, std::span<char> into) override {
        return read(entry, offset, into);
    }
    void delete_messages(std::vector<store::MessageId>, std::function<void(Result<void>)> done) override { done({}); }
    void retire_messages(std::vector<store::MessageId>, store::Deleter, std::chrono::seconds,
                         std::function<void(Result<store::RetirementId>)> done) override {
        done(store::RetirementId{1});
    }

private:
    std::vector<store::Entry> entries_{{.id = 5, .size = 3}, {.id = 9, .size = 4}};
};

/// What the API needs of a store; deliveries of polls go to the fetch fixture's own.
class ShownStore final : public store::MessageStore {
public:
    Result<std::unique_ptr<store::Draft>> create_draft() override {
        return std::make_unique<mda::MemoryDraft>();
    }
    void commit(std::unique_ptr<store::Draft>, store::Delivery,
                std::function<void(Result<store::Committed>)> done) override {
        done(fail(ErrorKind::unsupported, "not asked for"));
    }
    Result<std::unique_ptr<store::Maildrop>> open_maildrop(store::MaildropId maildrop) override {
        if (maildrop == leased) return fail(ErrorKind::busy, "leased");
        return std::make_unique<ShownMaildrop>();
    }
    store::Statistics statistics() const override { return {}; }
    Result<std::string> read_message(store::MaildropId, store::MessageId id, std::uint64_t) override {
        const auto found = originals.find(id);
        if (found == originals.end()) return fail(ErrorKind::not_found, "no such message");
        return found->second;
    }
    Result<store::MaildropSize> size_of(store::MaildropId) override { return store::MaildropSize{2, 300}; }
    Result<void> remove_maildrop(store::MaildropId maildrop) override {
        if (maildrop == leased) return fail(ErrorKind::busy, "leased");
        return {};
    }
    Result<std::vector<store::Retirement>> retirements(store::MaildropId) override { return deletions; }
    Result<std::vector<store::HiddenMessage>> hidden_messages(store::MaildropId, store::RetirementId) override {
        return std::vector<store::HiddenMessage>{{41, 100, "uidl-41"}, {42, 200, "uidl-42"}};
    }
    Result<store::MaildropSize> restore(store::MaildropId, store::RetirementId retirement,
                                        std::vector<store::MessageId> ids) override {
        restored = ids;
        if (deletions.empty() || retirement != deletions.front().id)
            return fail(ErrorKind::not_found, "no such deletion");
        return store::MaildropSize{ids.empty() ? 2U : ids.size(), 300};
    }
    std::vector<store::Retirement> deletions;
    std::vector<store::MessageId> restored;
    std::map<store::MessageId, std::string> originals;
    store::MaildropId leased = 0;
};

/// One service and one certificate, and what was asked of them.
class ShownServices final : public Services {
public:
    ShownServices() {
        service.name = "pop3";
        service.state = "running";
        service.start = "automatic";
        service.published = {"mail.example.org:995:SSL"};
        service.bindings = {{"*:995", true, {"0.0.0.0:995", "[::]:995"}}};
        service.properties = {{.name = "banner", .value = "Hi", .in_file = "Hello", .set = true, .set_by = "boss"}};
    }
    std::vector<Service> all() override { return {service}; }
    Result<Service> one(const std::string& name) override {
        if (name != service.name) return fail(ErrorKind::not_found, "no such service");
        return service;
    }
    Result<> start(const std::string& name, const std::string& actor) override { return note("start", name, "", actor); }
    Result<> stop(const std::string& name, bool now, const std::string& actor) override {
        return note("stop", name, now ? "now" : "", actor);
    }
    Result<> restart(const std::string& name, bool now, const std::string& actor) override {
        return note("restart", name, now ? "now" : "", actor);
    }
    Result<> reload(const std::string& name, const std::string& actor) override {
        return note("reload", name, "", actor);
    }
    Result<> set(const std::string& name, const std::string& property, const std::string& value,
                 const std::string& actor) override {
        if (value == "bad") return fail(ErrorKind::invalid, "must be good");
        return note("set", name, property + "=" + value, actor);
    }
    Result<> reset(const std::string& name, const std::string& property, const std::string& actor) override {
        return note("reset", name, property, actor);
    }
    Result<> bind(const std::string& name, const std::string& address, bool tls, const std::string& actor) override {
        if (address == "1.1.1.1:1") return fail(ErrorKind::already_exists, address + " is already in use");
        return note("bind", name, address + (tls ? " tls" : ""), actor);
    }
    Result<> unbind(const std::string& name, const std::string& address, const std::string& actor) override {
        return note("unbind", name, address, actor);
    }
    Result<> create_connector(const std::string& name, const Properties& properties, const std::string& actor) override {
        if (properties.contains("nonsense")) return fail(ErrorKind::not_found, "no property nonsense");
        service.name = name;
        service.connector = service.removable = true;
        return note("create", name, std::to_string(properties.size()), actor);
    }
    Result<> change_properties(const std::string& name, const Properties& properties, const std::string& actor) override {
        for (const auto& [property, value] : properties) (void)note("change", name, property + "=" + value, actor);
        return {};
    }
    Result<> remove_connector(const std::string& name, const std::string& actor) override {
        return note("remove", name, "", actor);
    }
    std::vector<Certificate> certificates() override {
        return {{.name = "default", .certificate_file = "/c", .key_file = "/k", .used_by = {"pop3"}}};
    }
    Result<> add_certificate(const std::string& name, const std::string& certificate_file, const std::string&,
                             const std::string& actor) override {
        return note("certificate", name, certificate_file, actor);
    }
    Result<> remove_certificate(const std::string& name, const std::string& actor) override {
        return note("remove", name, "", actor);
    }
    Result<> reload_certificates(const std::string& actor) override { return note("reload", "all", "", actor); }

    Service service;
    std::vector<std::string> asked;

private:
    Result<> note(const std::string& what, const std::string& whom, const std::string& how, const std::string& actor) {
        if (whom == "none") return fail(ErrorKind::not_found, "no such service");
        asked.push_back(what + " " + whom + " " + how + " by " + actor);
        return {};
    }
};

/// One section of one setting.
class ShownSettings final : public Settings {
public:
    std::vector<SettingSection> all() override { return {section}; }
    Result<SettingSection> one(const std::string& name) override {
        if (name != section.name) return fail(ErrorKind::not_found, "no such section");
        return section;
    }
    Result<> set(const std::string& name, const std::string&, const std::string& value, const std::string& actor) override {
        if (name != section.name) return fail(ErrorKind::not_found, "no such section");
        if (value == "bad") return fail(ErrorKind::invalid, "must be good");
        section.properties.front().value = value;
        section.properties.front().set = true;
        section.properties.front().set_by = actor;
        return {};
    }
    Result<> reset(const std::string& name, const std::string&, const std::string&) override {
        if (name != section.name) return fail(ErrorKind::not_found, "no such section");
        section.properties.front().set = false;
        return {};
    }

    SettingSection section{"guessing", "Slows down", {{.name = "wait_max", .value = "5s", .in_file = "5s"}}};
};

class PlainComposer final : public work::NotificationComposer {
public:
    Result<work::OutgoingMail> compose(const work::Item&, const work::Comment&, const work::Person&,
                                       const std::string&) override {
        return work::OutgoingMail{};
    }
};

class ApiTest : public fetch::FetchFixture {
protected:
    using Names = std::map<std::string, std::string>;
    struct Answer {
        int status = 0;
        json::value body;
        Response raw;
        std::string text(const char* member) const { return std::string(body.at(member).as_string()); }
        const json::array& items() const { return body.at("items").as_array(); }
        std::string set_cookie() const {
            for (const auto& [name, value] : raw.headers)
                if (name == "Set-Cookie") return value;
            return {};
        }
    };

    ApiTest() {
        work_ = work::Work::open(*database_, ids_, clock_, composer_,
                                 [this](db::Session&, const work::OutgoingMail&) -> Result<void> {
                                     ++queued_;
                                     return {};
                                 },
                                 {})
                    .value();
        credentials_ = Credentials::open(*database_, ids_, clock_, {}).value();
        parts_.emplace(
            Parts{*directory_, shown_, *work_, *connections_, *fetcher_, *credentials_, clock_, null_log(), [] {
                      return json::object{{"version", "0"},
                                          {"hostname", "h"},
                                          {"started_at", "2026-11-21T00:00:00Z"},
                                          {"listeners", json::array{}}};
                  }});
        parts_->upkeep = {
            [] { return store::VerifyReport{.segments = 1, .messages = 2, .fault_count = 1, .faults = {"bad"}}; },
            [] { return std::uint64_t{7}; },
            [](const std::string& folder) -> Result<store::BackupReport> {
                if (folder == "/full") return fail(ErrorKind::no_space, "no space left");
                return store::BackupReport{.files = 3};
            }};
        EXPECT_TRUE(database_->migrate(directory::Alerts::migrations()));
        parts_->alerts = &alerts_;
        parts_->watches = {&watch_};
        parts_->audit = [this](const std::string& actor, const std::string& action, const std::string& object,
                               const std::string& detail) {
            return database_->write([&](db::Session& session) {
                return directory::write_audit(session, ids_, clock_.now(), {actor, action, object, detail});
            });
        };
        parts_->services = &services_;
        parts_->settings = &settings_;
        parts_->moving_in = {mda_.get(), &pool_, 1'000, 2'000};
        prober_ = probe::Prober::open({*database_, *directory_, ids_, pool_, clock_, null_log(), metrics_, "mail.example.org",
                                       [] { return probe::OwnServices{}; }},
                                      std::string(32, 'p'), {}, {})
                      .value();
        parts_->prober = prober_.get();
        const auto auditor = directory::auditor(ids_, clock_);
        dkim_ = mailauth::DkimKeys::open({*database_, ids_, clock_, auditor}, std::string(32, 'd')).value();
        parts_->dkim = dkim_.get();
        spam_filter_ = filter::SpamFilter::open({*database_, ids_, clock_, auditor}, {}).value();
        parts_->spam_filter = spam_filter_.get();
        add_api(router_, *parts_);
        add_framework_routes(router_, metrics_, {});
        router_.check_complete();
        local_.unix_user = ::geteuid();
    }

    const Route& route(const std::string& operation) {
        for (const auto& one : router_.routes())
            if (one->operation == operation) return *one;
        throw std::logic_error("no operation " + operation);
    }

    static std::string filled_in(std::string path, const Names& values) {
        for (const auto& [name, value] : values) {
            const std::string hole = "{" + name + "}";
            const auto at = path.find(hole);
            if (at != std::string::npos) path.replace(at, hole.size(), percent_encode(value));
        }
        return path;
    }

    Answer send(const Route& route, Request request, const Names& path, const std::string& body, const Names& query) {
        request.method = route.method;
        request.path = filled_in(route.path, path);
        for (const auto& [name, value] : query)
            request.query += (request.query.empty() ? "" : "&") + name + "=" + percent_encode(value);
        request.body = body;
        const std::string type = route.media_type.empty() ? "application/json; charset=utf-8" : route.media_type;
        if (!body.empty()) request.headers.emplace_back("Content-Type", type);
        Router::Answer answered = router_.answer(request);
        Answer out;
        out.raw = std::move(answered.response);
        if (answered.sink)
            out.raw = router_.finish(route, request, net::run_blocking(io_.executor(0), pour(std::move(answered.sink), body)));
        else if (answered.pending != nullptr)
            out.raw = router_.finish(*answered.pending, request,
                                     net::run_blocking(io_.executor(0), answered.pending->async_handler(request)));
        out.status = out.raw.status;
        if (out.raw.content_type.find("json") != std::string::npos) out.body = json::parse(out.raw.body);
        return out;
    }

    /// Byte by byte: a body may be cut anywhere.
    static net::Task<Result<Response>> pour(std::unique_ptr<BodySink> sink, std::string body) {
        for (const char c : body) {
            auto taken = co_await sink->take(std::string(1, c));
            if (!taken) co_return fail(taken.error());
        }
        auto done = co_await sink->finish();
        co_return done;
    }

    /// Sends it and holds the answer against what the document says; the router checks bodies against their schemas.
    Answer run(const std::string& operation, const Request& as, const Names& path = {}, const std::string& body = "",
               const Names& query = {}) {
        const Route& wanted = route(operation);
        Answer out = send(wanted, as, path, body, query);
        if (out.status >= 400) {
            EXPECT_EQ(out.raw.content_type, "application/problem+json") << operation;
            for (const char* member : {"type", "title", "status", "detail"})
                EXPECT_TRUE(out.body.as_object().contains(member)) << operation;
            EXPECT_LT(out.status, 500) << operation << ": " << out.raw.body;
        } else {
            EXPECT_EQ(out.status, wanted.success.at(0)) << operation;
            const bool named = is_media_type(wanted.response);
            if (!wanted.response.empty()) {
                EXPECT_EQ(out.raw.content_type, named ? wanted.response : "application/json") << operation;
            }
            answered_.insert(operation);
        }
        return out;
    }

    /// Every operation about accounts, on the accounts rob and ann of shop.org.
    void try_out_accounts();

    static Request bearer(const std::string& token) {
        Request out;
        out.headers.emplace_back("Authorization", "Bearer " + token);
        return out;
    }
    /// A browser that has logged in.
    Request log_in(const std::string& name, const std::string& password) {
        const Answer login = run("logIn", tcp_, {}, R"({"name":")" + name + R"(","password":")" + password + "\"}");
        Request out;
        const std::string cookie = login.set_cookie();
        out.headers.emplace_back("Cookie", "other=1; " + cookie.substr(0, cookie.find(';')));
        if (login.status == 201) out.headers.emplace_back("X-CSRF-Token", login.text("csrf_token"));
        return out;
    }

    Router router_{null_log(), {.check_responses = true}};
    Metrics metrics_;
    ShownStore shown_;
    ShownServices services_;
    ShownSettings settings_;
    PlainComposer composer_;
    std::unique_ptr<work::Work> work_;
    std::unique_ptr<Credentials> credentials_;
    directory::Alerts alerts_{*database_, ids_, clock_};
    watch::SessionWatch watch_{"pop3", clock_, ids_, null_log(), metrics_};
    std::unique_ptr<probe::Prober> prober_;
    std::unique_ptr<mailauth::DkimKeys> dkim_;
    std::unique_ptr<filter::SpamFilter> spam_filter_;
    std::optional<Parts> parts_;
    int queued_ = 0;
    Request local_;      // the server's own user on the unix socket
    const Request tcp_;  // nobody
    std::set<std::string> answered_;
};

}  // namespace restante::admin
