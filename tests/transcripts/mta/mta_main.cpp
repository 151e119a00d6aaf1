// Runs the SMTP transcripts against the whole agent, over TCP.
#include "../smtp/mailbox_world.hpp"
#include "mta/test_fixture.hpp"
#include "socket_connection.hpp"

namespace restante::transcripts {
namespace {
using namespace std::chrono_literals;

/// The accounts of mailbox_world.hpp; one for all runs.
class World final : public mta::SmtpFixture {
public:
    World() {
        for (const char* name : {"bob", "alice"})
            if (!directory_->delete_account(name, {})) throw std::runtime_error("no account to replace");
        for (const auto& [name, password] : smtp_accounts) add_account(name, password);
        add_account("postmaster", "not used");
    }
    void TestBody() override {}

    mta::Service& start(const Transcript& transcript) {
        mta::Options settings = options();
        settings.protocol = smtp_options(transcript);
        settings.mechanisms.clear();
        for (const auto& mechanism : settings.protocol.mechanisms) settings.mechanisms.push_back(mechanism.name);
        if (transcript.option("starttls") == "no") settings.listen_tls.clear();
        const Error full{ErrorKind::no_space, "full", Retry::later}, broken{ErrorKind::io, "broken", Retry::later};
        std::optional<Error> on_append, on_commit;
        if (transcript.option("draft") == "full-disk") on_append = full;
        if (transcript.option("delivery") == "full-disk") on_commit = full;
        if (transcript.option("delivery") == "io") on_commit = broken;
        store_.clear();
        store_.fail_with({}, on_append, on_commit);
        return serve(settings);
    }
    void stop() {
        services_.back()->stop();
        if (!group_.wait(20s)) throw std::runtime_error("sessions hang after stop()");
        services_.clear();
    }
    static std::uint16_t port_of(const mta::Service& service, bool tls) {
        return tls ? tls_port(service) : port(service);
    }

    std::vector<ReceivedMail> mails() {
        std::vector<ReceivedMail> out;
        for (const std::string& text : store_.all()) {
            const std::size_t from = std::string_view("Return-Path: <").size();
            ReceivedMail mail{text.substr(from, text.find(">\r\n") - from), "", text};
            for (const auto& [name, id] : accounts_)
                if (const auto drop = store_.maildrop(id); std::find(drop.begin(), drop.end(), text) != drop.end())
                    mail.recipients += (mail.recipients.empty() ? "" : ", ") + name + "@" + std::string(smtp_domain);
            out.push_back(std::move(mail));
        }
        return out;
    }

private:
    void add_account(const std::string& name, const std::string& password) {
        const auto made =
            directory_->create_account({name, std::string(smtp_domain), "", "", "{PLAIN}" + password}, {});
        if (!made) throw std::runtime_error(made.error().detail);
        accounts_.emplace(name, made->id);
    }
    std::map<std::string, std::int64_t, std::greater<>> accounts_;  // bob before alice, as the transcripts name them
};

class SocketPeer final : public Peer {
public:
    SocketPeer(World& world, const Transcript& transcript)
        : world_(world),
          tls_(transcript.option("tls") == "implicit"),
          connection_(World::port_of(world.start(transcript), tls_)) {
        if (tls_) connection_.start_tls();
    }
    ~SocketPeer() override {
        connection_.close();
        world_.stop();
    }
    void feed(std::string_view bytes) override { connection_.send(bytes); }
    std::string read() override { return connection_.receive(); }
    std::string read_now() override { return connection_.receive(0ms); }
    bool closed() override { return connection_.ended(); }
    void start_tls() override { connection_.start_tls(); }
    void drop() override { connection_.close(); }
    std::string check(std::string_view text) override { return check_mail(text, world_.mails()); }

private:
    World& world_;
    const bool tls_;
    SocketConnection connection_;
};

}  // namespace
}  // namespace restante::transcripts

int main(int argc, char** argv) {
    using namespace restante::transcripts;
    World world;
    return transcript_main(argc, argv, Side::server, [&](const Transcript& transcript) {
        return std::make_unique<SocketPeer>(world, transcript);
    });
}
