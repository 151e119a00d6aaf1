// Runs the POP3 transcripts against the whole service, over TCP.
#include <map>

#include "scenario.hpp"
#include "socket_connection.hpp"
#include "stack.hpp"

namespace restante::transcripts {
namespace {
popd::Options options_of(const Scenario& scenario) {
    popd::Options options;
    options.protocol = scenario.options;
    options.mechanisms.clear();
    for (const auto& mechanism : scenario.options.mechanisms) options.mechanisms.push_back(mechanism.name);
    return options;
}

class SocketPeer final : public Peer {
public:
    SocketPeer(Accounts& accounts, const Scenario& scenario)
        : stack_(accounts, options_of(scenario), scenario.options.offer_stls),
          connection_(scenario.tls_active ? stack_.tls_port() : stack_.port()) {
        stack_.store.fill(scenario.messages, scenario.uidls);
        stack_.store.order(scenario.faults);
        for (const auto& [name, password] : scenario.accounts) accounts.add(name, password);
        if (scenario.tls_active) connection_.start_tls();
    }
    void feed(std::string_view bytes) override { connection_.send(bytes); }
    std::string read() override { return connection_.receive(); }
    std::string read_now() override { return connection_.receive(std::chrono::milliseconds(0)); }
    bool closed() override { return connection_.ended(); }
    void start_tls() override { connection_.start_tls(); }
    void drop() override { connection_.close(); }
    std::string check(std::string_view text) override {
        if (text == "lease free") return stack_.wait_until_lease_is_free() ? "" : "the maildrop is held";
        return check_deleted(text, stack_.store.deleted());
    }

private:
    Stack stack_;
    SocketConnection connection_;
};
}  // namespace
}  // namespace restante::transcripts

int main(int argc, char** argv) {
    using namespace restante::transcripts;
    std::map<decltype(Scenario::accounts), Accounts> directories;  // of these accounts with these passwords
    return transcript_main(argc, argv, Side::server, [&](const Transcript& transcript) {
        const Scenario scenario = read_scenario(transcript);
        return std::make_unique<SocketPeer>(directories[scenario.accounts], scenario);
    });
}
