#include "service_catalogue.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <thread>

#include "data_directory.hpp"
#include "directory/directory.hpp"
#include "net/connect.hpp"

namespace restante {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;

net::Task<> greet(net::Stream stream) {
    (void)co_await stream.write_all("hello");
    co_await stream.shutdown();
}

/// The smallest thing the catalogue can manage: a listener whose sessions say hello.
class Greeter {
public:
    Greeter(net::IoPool& io, net::TaskGroup& group) : listener_("greeter", io, group, null_log(), {}, greet) {}
    Result<> apply(net::ListenerOptions options) { return listener_.change(std::move(options)); }
    Result<> start() { return listener_.start(); }
    void stop() { listener_.stop(); }
    std::size_t left() const { return 0; }
    void cut() { ++cuts; }
    void settle() { listener_.settle(); }
    std::size_t connections() const { return listener_.connections(); }
    std::vector<net::Binding> bindings() const { return listener_.bindings(); }
    int cuts = 0;

private:
    net::Listener listener_;
};

class ServiceCatalogueTest : public testing::Test {
protected:
    ServiceCatalogueTest() {
        std::string pattern = testing::TempDir() + "restante-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
        database_ = db::Database::open({.sqlite = {.path = folder_ + "/x.db"}}).value();
        directory_ = directory::Directory::open(*database_, ids_, clock_, null_log(), {}).value();
        config_.pop3.listen = {"127.0.0.1:0"};
        config_.pop3.listen_tls = {};
        write_certificate("default", "mail.test");
        open();
    }
    ~ServiceCatalogueTest() override {
        close();
        std::filesystem::remove_all(folder_);
    }

    void write_certificate(const std::string& name, const std::string& host) {
        const auto pair = net::make_self_signed({host}, 10).value();
        EXPECT_TRUE(write_private_file(folder_ + "/" + name + ".key", pair.private_key_pem));
        EXPECT_TRUE(write_private_file(folder_ + "/" + name + ".pem", pair.certificate_pem));
    }
    /// As a start of the server.
    void open() {
        certificates_ = std::make_unique<Certificates>(null_log(), clock_, net::TlsVersion::tls1_2);
        ASSERT_TRUE(certificates_->put({"default", folder_ + "/default.pem", folder_ + "/default.key", false}));
        greeter_ = std::make_unique<Greeter>(io_, group_);
        catalogue_ = std::make_unique<ServiceCatalogue>(
            ServiceCatalogue::Surroundings{io_, work_, group_, group_, clock_, null_log()}, config_, "mail.test",
            ServiceSettings::open(*database_, ids_, clock_).value(), *certificates_, [this] { ++changes_; });
        catalogue_->add({.name = "pop3",
                         .about = "greets",
                         .list = "pop3",
                         .sections = {"pop3"},
                         .settings = [](Config& config) -> Config::Service& { return config.pop3_service; },
                         .tls = tls_,
                         .agent = std::make_unique<AgentOf<Greeter, net::ListenerOptions>>(*greeter_, options_of)});
        const auto opened = catalogue_->open();
        ASSERT_TRUE(opened) << opened.error().detail;
    }
    static net::ListenerOptions options_of(const Config& config) {
        return {.binds = config.pop3.listen,
                .tls_binds = config.pop3.listen_tls,
                .max_connections = config.pop3.max_connections};
    }
    void close() {
        catalogue_->stop_all();
        group_.cancel();
        ASSERT_TRUE(group_.wait(std::chrono::seconds(10)));
        catalogue_.reset();
        greeter_.reset();
    }
    admin::Service service() { return catalogue_->one("pop3").value(); }
    admin::ServiceProperty property(const std::string& name) {
        const admin::Service all = service();
        for (const auto& one : all.properties)
            if (one.name == name) return one;
        ADD_FAILURE() << name;
        return {};
    }
    std::string dial(const std::string& where) {
        return net::run_blocking(
            io_.executor(0), talk(work_, static_cast<std::uint16_t>(std::stoi(where.substr(where.rfind(':') + 1)))));
    }
    static net::Task<std::string> talk(net::WorkPool& pool, std::uint16_t port) {
        auto stream = co_await net::connect(pool, "127.0.0.1", port);
        if (!stream) co_return "cannot connect";
        char buffer[16];
        const auto got = co_await stream->read_some(buffer);
        co_return got ? std::string(buffer, *got) : "nothing";
    }
    std::vector<std::string> bound() {
        const auto lists = catalogue_->listeners();
        const auto found = lists.find("pop3");
        return found == lists.end() ? std::vector<std::string>{} : found->second;
    }

    std::string folder_;
    SystemClock clock_;
    IdSource ids_{clock_};
    Config config_;
    int changes_ = 0;
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<directory::Directory> directory_;
    std::shared_ptr<net::LiveTlsContext> tls_ = std::make_shared<net::LiveTlsContext>(nullptr);
    std::unique_ptr<Certificates> certificates_;
    net::IoPool io_{net::IoPoolOptions{.threads = 1}};
    net::WorkPool work_{net::WorkPoolOptions{.threads = 1}};
    net::TaskGroup group_{null_log()};
    std::unique_ptr<Greeter> greeter_;
    std::unique_ptr<ServiceCatalogue> catalogue_;
};

// Row S2.2
TEST_F(ServiceCatalogueTest, StartsStopsAndSaysSo) {
    EXPECT_EQ(service().state, "stopped");
    ASSERT_TRUE(catalogue_->start_automatic());
    EXPECT_EQ(service().state, "running");
    EXPECT_EQ(dial(bound().at(0)), "hello");
    const std::string was = bound().at(0);
    ASSERT_TRUE(catalogue_->stop("pop3", true, "boss"));
    EXPECT_EQ(service().state, "stopped");
    EXPECT_EQ(greeter_->cuts, 1);
    EXPECT_EQ(dial(was), "cannot connect");
    EXPECT_TRUE(bound().empty());
    ASSERT_TRUE(catalogue_->start("pop3", "boss"));
    EXPECT_EQ(dial(bound().at(0)), "hello");
    EXPECT_GE(changes_, 2);
    EXPECT_EQ(catalogue_->start("pip3", "boss").error().detail, "there is no service named pip3; did you mean pop3?");
}

// Row S2.3
TEST_F(ServiceCatalogueTest, StartUpTypesAreKept) {
    ASSERT_TRUE(catalogue_->set("pop3", "start", "manual", "boss"));
    ASSERT_TRUE(catalogue_->start_automatic());
    EXPECT_EQ(service().state, "stopped");
    EXPECT_TRUE(catalogue_->start("pop3", "boss"));
    ASSERT_TRUE(catalogue_->set("pop3", "start", "disabled", "boss"));
    EXPECT_EQ(service().state, "running") << "only the next start is refused";
    ASSERT_TRUE(catalogue_->stop("pop3", false, "boss"));
    EXPECT_EQ(catalogue_->start("pop3", "boss").error().kind, ErrorKind::busy);
    EXPECT_THAT(catalogue_->set("pop3", "start", "automatc", "boss").error().detail,
                HasSubstr("did you mean \"automatic\""));
}

// Row S2.5
TEST_F(ServiceCatalogueTest, WhatIsSetGoesBeforeTheFileAndSurvives) {
    EXPECT_FALSE(property("idle_timeout").set);
    ASSERT_TRUE(catalogue_->set("pop3", "idle-timeout", "20m", "boss"));
    EXPECT_EQ(property("idle_timeout").value, "20m");
    EXPECT_EQ(property("idle_timeout").in_file, "10m");
    EXPECT_EQ(property("idle_timeout").set_by, "boss");
    EXPECT_EQ(catalogue_->set("pop3", "idle_timeout", "2d", "boss").error().detail, "must be from \"1s\" to \"1d\"");
    EXPECT_EQ(catalogue_->set("pop3", "max_command_line", "39", "boss").error().detail, "must be from 40 to 65536");
    EXPECT_EQ(catalogue_->set("pop3", "idle_tiemout", "2m", "boss").error().kind, ErrorKind::not_found);
    EXPECT_EQ(property("idle_timeout").value, "20m");
    catalogue_.reset();
    open();
    EXPECT_EQ(property("idle_timeout").value, "20m");
    ASSERT_TRUE(catalogue_->reset("pop3", "idle_timeout", "boss"));
    EXPECT_EQ(property("idle_timeout").value, "10m");
    catalogue_.reset();
    open();
    EXPECT_FALSE(property("idle_timeout").set);
    const auto audit = directory_->audit(2).value();
    EXPECT_EQ(audit.at(0).action, "service.reset");
    EXPECT_EQ(audit.at(1).detail, "idle_timeout: 10m -> 20m");
}

// Row S2.5
TEST_F(ServiceCatalogueTest, AReloadedFileHoldsWhereNothingIsSet) {
    ASSERT_TRUE(catalogue_->set("pop3", "idle_timeout", "20m", "boss"));
    config_.pop3.idle_timeout = std::chrono::minutes(15);
    config_.pop3.login_timeout = std::chrono::seconds(45);
    catalogue_->reload(config_);
    EXPECT_EQ(property("idle_timeout").value, "20m");
    EXPECT_EQ(property("idle_timeout").in_file, "15m");
    EXPECT_EQ(property("login_timeout").value, "45s");
}

// Rows S2.7, S2.9, S2.33
TEST_F(ServiceCatalogueTest, AddressesAreAddedAndRemovedOneByOne) {
    ASSERT_TRUE(catalogue_->start_automatic());
    const std::string first = bound().at(0);
    ASSERT_TRUE(catalogue_->bind("pop3", "[::1]:0", false, "boss"));
    ASSERT_TRUE(catalogue_->bind("pop3", "127.0.0.1:0", true, "boss"));
    EXPECT_EQ(bound().at(0), first);
    EXPECT_EQ(bound().size(), 2u);
    EXPECT_EQ(property("listen").value, "127.0.0.1:0 [::1]:0");
    const auto taken = catalogue_->bind("pop3", first, false, "boss");
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().detail, first + " is already in use");
    EXPECT_EQ(property("listen").value, "127.0.0.1:0 [::1]:0");
    EXPECT_THAT(catalogue_->bind("pop3", "here:110", false, "boss").error().detail,
                HasSubstr("is not an address with a port"));
    ASSERT_TRUE(catalogue_->unbind("pop3", first, "boss"));
    EXPECT_EQ(bound().size(), 1u);
    EXPECT_EQ(dial(first), "cannot connect");
    EXPECT_EQ(catalogue_->unbind("pop3", first, "boss").error().kind, ErrorKind::not_found);
    EXPECT_EQ(service().published.size(), 2u);
    EXPECT_THAT(service().published.at(1), testing::MatchesRegex("mail.test:[0-9]+:SSL"));
    ASSERT_TRUE(catalogue_->set("pop3", "published", "pop.test:995:SSL pop.test:110:TLS", "boss"));
    EXPECT_THAT(service().published, ElementsAre("pop.test:995:SSL", "pop.test:110:TLS"));
    EXPECT_EQ(catalogue_->set("pop3", "published", "pop.test:995", "boss").error().kind, ErrorKind::invalid);
}

TEST_F(ServiceCatalogueTest, AnAddressOfTheFileEndsTheStartAndOneThatWasSetFailsTheService) {
    net::Listener other("other", io_, group_, null_log(), {.binds = {"127.0.0.1:0"}}, greet);
    ASSERT_TRUE(other.start());
    const std::string taken = other.addresses().at(0).to_string();
    ASSERT_TRUE(catalogue_->set("pop3", "listen", taken, "boss"));
    ASSERT_TRUE(catalogue_->start_automatic());
    EXPECT_EQ(service().state, "failed");
    EXPECT_EQ(service().reason, taken + " is already in use");
    other.stop();
    other.settle();
    ASSERT_TRUE(catalogue_->start("pop3", "boss"));
    EXPECT_EQ(service().state, "running");
    EXPECT_EQ(service().reason, "");
    ASSERT_TRUE(catalogue_->reset("pop3", "listen", "boss"));
    config_.pop3.listen = {taken};
    ASSERT_TRUE(other.start() || true);
    EXPECT_NE(bound().at(0), taken);
}

// Row S2.12
TEST_F(ServiceCatalogueTest, CertificatesAreChosenByNameAndReadAgain) {
    write_certificate("shop", "shop.test");
    const auto add = [&](const std::string& name, const std::string& file) {
        return catalogue_->add_certificate(name, folder_ + "/" + file + ".pem", folder_ + "/" + file + ".key", "boss");
    };
    EXPECT_THAT(add("none", "none").error().detail, HasSubstr("none.pem"));
    ASSERT_TRUE(add("shop", "shop"));
    EXPECT_EQ(add("shop", "shop").error().kind, ErrorKind::already_exists);
    ASSERT_TRUE(catalogue_->set("pop3", "certificate", "shop.test", "boss"));
    EXPECT_THAT(tls_->get()->names(), ElementsAre("shop.test"));
    EXPECT_THAT(catalogue_->certificates().at(1).used_by, ElementsAre("pop3"));
    EXPECT_EQ(catalogue_->remove_certificate("shop", "boss").error().kind, ErrorKind::busy);
    EXPECT_FALSE(catalogue_->set("pop3", "certificate", "shp", "boss"));

    const std::string before = tls_->get()->fingerprint();
    write_certificate("shop", "shop.test");
    ASSERT_TRUE(catalogue_->reload_certificates("boss"));
    EXPECT_NE(tls_->get()->fingerprint(), before);
    const std::string good = tls_->get()->fingerprint();
    ASSERT_TRUE(write_private_file(folder_ + "/shop.pem", "nonsense"));
    EXPECT_FALSE(catalogue_->reload_certificates("boss"));
    EXPECT_EQ(tls_->get()->fingerprint(), good) << "what was loaded stays in use";
    EXPECT_THAT(catalogue_->certificates().at(1).problem, HasSubstr("no certificate in PEM form"));

    // A start without the files serves with the certificate that is there.
    catalogue_.reset();
    open();
    EXPECT_THAT(tls_->get()->names(), ElementsAre("mail.test"));
    ASSERT_TRUE(catalogue_->reset("pop3", "certificate", "boss"));
    ASSERT_TRUE(catalogue_->remove_certificate("shop", "boss"));
    EXPECT_EQ(catalogue_->remove_certificate("default", "boss").error().kind, ErrorKind::busy);
}

TEST(Certificates, LookFindsWhatChangedAndWarnsOnceADay) {
    std::string pattern = testing::TempDir() + "restante-XXXXXX";
    const std::string folder = ::mkdtemp(pattern.data());
    const auto write = [&] {
        const auto pair = net::make_self_signed({"mail.test"}, 10).value();
        ASSERT_TRUE(write_private_file(folder + "/c", pair.certificate_pem));
        ASSERT_TRUE(write_private_file(folder + "/k", pair.private_key_pem));
    };
    write();
    ManualClock clock(SystemClock().now());
    Certificates certificates(null_log(), clock, net::TlsVersion::tls1_2);
    ASSERT_TRUE(certificates.put({"default", folder + "/c", folder + "/k", false}));
    EXPECT_FALSE(certificates.look());
    write();
    EXPECT_TRUE(certificates.look());
    EXPECT_FALSE(certificates.look());
    std::filesystem::remove_all(folder);
}
}  // namespace
}  // namespace restante
