// Runs POP3 transcripts against the bare server machine.
#include "fixed_exchange.hpp"
#include "pop3/dot_codec.hpp"
#include "pop3/server_machine.hpp"
#include "pop3/surrogate.hpp"
#include "sasl/apop.hpp"
#include "scenario.hpp"

namespace restante::transcripts {
namespace {
using pop3::Refusal;
using pop3::ResponseCode;

constexpr Refusal wrong_login{ResponseCode::auth, "Wrong user name or password"};
constexpr Refusal in_use{ResponseCode::in_use, "Maildrop is in use"};
constexpr Refusal temporary{ResponseCode::sys_temp, "Try again later"};
constexpr Refusal permanent{ResponseCode::sys_perm, "Message cannot be read"};

class MachinePeer final : public Peer, private pop3::Listing {
public:
    explicit MachinePeer(Scenario scenario)
        : scenario_(std::move(scenario)),
          machine_(scenario_.options, scenario_.tls_active, scenario_.apop_stamp),
          exchange_(scenario_.accounts, scenario_.nonce) {
        pump();
    }

    void feed(std::string_view bytes) override {
        if (closed_) return;
        machine_.feed(bytes);
        if (!tls_awaited_) pump();
    }
    std::string read() override { return std::exchange(said_, {}); }
    bool closed() override { return closed_; }
    void drop() override { closed_ = true; }
    void start_tls() override {
        if (!std::exchange(tls_awaited_, false)) return;
        machine_.tls_started();
        pump();
    }
    std::string check(std::string_view text) override {
        if (text == "lease free") return leased_ && !closed_ ? "the maildrop is held" : "";
        return check_deleted(text, deleted_);
    }

private:
    std::size_t count() const override { return scenario_.messages.size(); }
    std::uint64_t octets(std::size_t index) const override { return scenario_.messages[index].size(); }
    void append_uidl(std::size_t index, std::string& out) const override { out += scenario_.uidls[index]; }

    void pump() {
        while (std::visit([this](const auto& step) { return act(step); }, machine_.next())) {
        }
        flush();
    }
    void flush() {
        said_ += machine_.output();
        machine_.output().clear();
    }

    // Each: whether to go on at once.
    bool act(const pop3::NeedInput&) { return false; }
    bool act(const pop3::Flush&) { return flush(), true; }
    bool act(const pop3::StartTls&) { return tls_awaited_ = true, false; }
    bool act(const pop3::Close&) { return closed_ = true, false; }
    bool act(const pop3::Authenticate& login) { return verify(login.name, login.password), true; }
    bool act(const pop3::SaslStart& start) {
        exchange_.begin(start.mechanism, machine_.tls(), machine_.offers(start.mechanism + "-PLUS"));
        return conclude(exchange_.start(start.initial)), true;
    }
    bool act(const pop3::SaslResponse& response) { return conclude(exchange_.respond(response.bytes)), true; }
    bool act(const pop3::Apop& login) {
        const auto account = scenario_.accounts.find(login.name);
        const bool right = account != scenario_.accounts.end() &&
                           sasl::apop_digest(machine_.apop_stamp(), account->second) == login.digest;
        return right ? machine_.authenticated() : machine_.refuse(wrong_login), true;
    }
    bool act(const pop3::OpenMaildrop&) {
        if (fails("open in-use")) return machine_.refuse(in_use), true;
        if (fails("open temp")) return machine_.refuse(temporary), true;
        leased_ = true;
        return machine_.maildrop_opened(*this), true;
    }
    bool act(const pop3::ReadMessage& read) {
        const std::string number = std::to_string(read.index + 1);
        if (fails("read " + number + " temp")) return machine_.refuse(temporary), true;
        if (fails("read " + number + " perm")) return machine_.refuse(permanent), true;
        machine_.begin_message();
        pop3::DotStuffer stuffer(read.body_lines);
        std::string message = scenario_.messages[read.index];
        pop3::Surrogate surrogate;
        if (!machine_.utf8_enabled()) surrogate.write(message, true);
        std::string_view text = message;
        constexpr std::size_t chunk = 7;  // small, to cross every boundary
        for (; !text.empty() && stuffer.write(text.substr(0, chunk), machine_.output());)
            text.remove_prefix(std::min(chunk, text.size()));
        stuffer.finish(machine_.output());
        return machine_.end_message(), true;
    }
    bool act(const pop3::CommitDeletes& commit) {
        if (fails("commit temp")) return machine_.refuse(temporary), true;
        for (const std::size_t index : commit.indices) deleted_.insert(index + 1);
        return machine_.deletes_committed(), true;
    }

    void conclude(const FixedExchange::Outcome& outcome) {
        if (outcome.kind == FixedExchange::Outcome::challenge) return machine_.sasl_challenge(outcome.text);
        if (fails("verify temp")) return machine_.refuse(temporary);
        if (outcome.kind != FixedExchange::Outcome::login) return machine_.refuse(wrong_login);
        machine_.authenticated();
    }
    void verify(const std::string& name, const std::string& password) {
        const auto account = scenario_.accounts.find(name);
        if (fails("verify temp")) return machine_.refuse(temporary);
        if (account == scenario_.accounts.end() || account->second != password) return machine_.refuse(wrong_login);
        machine_.authenticated();
    }
    bool fails(const std::string& what) const { return scenario_.faults.count(what) != 0; }

    Scenario scenario_;
    pop3::ServerMachine machine_;
    FixedExchange exchange_;
    std::string said_;
    std::set<std::size_t> deleted_;
    bool tls_awaited_ = false, closed_ = false, leased_ = false;
};
}  // namespace
}  // namespace restante::transcripts

int main(int argc, char** argv) {
    using namespace restante::transcripts;
    return transcript_main(argc, argv, Side::server, [](const Transcript& transcript) {
        return std::make_unique<MachinePeer>(read_scenario(transcript));
    });
}
