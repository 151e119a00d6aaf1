// Runs transcripts against the POP3 client machine.
#include <algorithm>
#include <map>
#include <stdexcept>

#include "base/text.hpp"
#include "pop3/client_machine.hpp"
#include "sasl/client.hpp"
#include "transcript.hpp"

namespace restante::transcripts {
namespace {
namespace client = pop3::client;
using pop3::RequestKind;

const char* name_of(RequestKind kind) {
    constexpr const char* names[] = {"greeting", "capa", "stls", "user", "pass", "auth", "stat", "list",
                                     "uidl",     "top",  "retr", "dele", "rset", "noop", "quit"};
    return names[static_cast<std::size_t>(kind)];
}

pop3::ClientOptions read_options(const Transcript& transcript) {
    pop3::ClientOptions options;
    const std::map<std::string, pop3::ClientTls> modes{{"implicit", pop3::ClientTls::implicit},
                                                       {"stls", pop3::ClientTls::stls},
                                                       {"stls-if-offered", pop3::ClientTls::stls_if_offered},
                                                       {"none", pop3::ClientTls::none}};
    options.tls = modes.at(transcript.option("tls", "none"));
    options.max_listed = transcript.number("max_listed", options.max_listed);
    options.max_line = transcript.number("max_line", options.max_line);
    options.max_discarded = transcript.number("max_discarded", options.max_discarded);
    return options;
}

class ClientPeer final : public Peer {
public:
    explicit ClientPeer(const Transcript& transcript) : transcript_(transcript), machine_(read_options(transcript)) {
        const std::string plan = transcript.option("plan", "quit");
        for (const auto word : split(plan, ' ')) plan_.emplace_back(word);
        pump();
    }

    void feed(std::string_view bytes) override {
        if (closed_) return;
        machine_.feed(bytes);
        if (!tls_awaited_) pump();
    }
    std::string read() override { return std::exchange(said_, {}); }
    bool closed() override { return closed_; }
    void start_tls() override {
        if (!std::exchange(tls_awaited_, false)) return;
        events_.emplace_back("tls");
        machine_.tls_started();
        pump();
    }
    void drop() override {
        machine_.input_ended();
        if (!closed_) pump();
    }
    std::string check(std::string_view text) override {
        if (std::find(events_.begin(), events_.end(), text) != events_.end()) return {};
        std::string all;
        for (const auto& event : events_) all += "\n    " + event;
        return all;
    }

private:
    void pump() {
        while (std::visit([this](const auto& step) { return act(step); }, machine_.next())) {
        }
        said_ += std::exchange(machine_.output(), {});
    }

    // Each: whether to go on at once.
    bool act(const client::NeedInput&) { return false; }
    bool act(const client::StartTls&) { return tls_awaited_ = true, false; }
    bool act(const client::LogIn&) {
        if (std::exchange(tried_, true)) return machine_.quit(), true;
        const std::string user = transcript_.option("user", "bob"), password = transcript_.option("password", "secret");
        const std::string mechanism = transcript_.option("mechanism");
        if (mechanism.empty()) return static_cast<void>(machine_.login(user, password)), true;
        mechanism_ = std::move(*sasl::make_client(mechanism, {user, password, ""}));
        return static_cast<void>(machine_.login_sasl(mechanism_->name(), mechanism_->initial())), true;
    }
    bool act(const client::SaslChallenge& challenge) {
        const auto response = mechanism_->respond(challenge.bytes);
        if (response)
            machine_.sasl_response(*response);
        else
            machine_.sasl_cancel();
        return true;
    }
    bool act(const client::Ready&) {
        if (!todo_.empty() && !(transcript_.option("pipeline") == "yes" && machine_.capabilities().pipelining)) {
            perform(todo_.front());
            return todo_.erase(todo_.begin()), true;
        }
        if (!todo_.empty()) {
            for (const auto& [word, number] : std::exchange(todo_, {})) perform({word, number});
            return true;
        }
        if (plan_.empty()) return false;
        const std::string word = plan_.front();
        plan_.erase(plan_.begin());
        if (word != "retr" && word != "dele" && word != "top") return perform({word, 0}), true;
        for (const auto number : numbers_) todo_.emplace_back(word, number);
        return true;
    }
    bool act(const client::MaildropSize& size) {
        return note("stat " + std::to_string(size.messages) + ' ' + std::to_string(size.octets));
    }
    bool act(const client::Listing& listing) {
        numbers_.clear();
        for (const auto& [number, octets] : listing.messages) {
            numbers_.push_back(number);
            note("list " + std::to_string(number) + ' ' + std::to_string(octets));
        }
        return true;
    }
    bool act(const client::Uidls& uidls) {
        numbers_.clear();
        for (const auto& [number, uidl] : uidls.messages) {
            numbers_.push_back(number);
            note("uidl " + std::to_string(number) + ' ' + uidl);
        }
        return true;
    }
    bool act(const client::MessageText&) { return message_ += std::exchange(machine_.text(), {}), true; }
    bool act(const client::MessageEnd& end) {
        std::string shown;
        for (const char c : std::exchange(message_, {}))
            if (c != '\r') shown += c == '\n' ? '|' : c;
        return note("message " + std::to_string(end.number) + ' ' + shown);
    }
    bool act(const client::Done& done) {
        return note(std::string("done ") + name_of(done.request) + ' ' + std::to_string(done.number));
    }
    bool act(const client::Refused& refused) {
        std::string event = std::string("refused ") + name_of(refused.request);
        if (refused.number != 0) event += ' ' + std::to_string(refused.number);
        if (refused.code != pop3::ResponseCode::none) (event += ' ') += pop3::to_string(refused.code);
        return note(event + ' ' + refused.text);
    }
    bool act(const client::Finished&) { return closed_ = true, note("finished"), false; }
    bool act(const client::Failed& failed) {
        return closed_ = true, note(std::string("failed ") + to_string(failed.error.kind)), false;
    }

    bool note(std::string event) { return events_.push_back(std::move(event)), true; }
    void perform(const std::pair<std::string, std::uint64_t>& what) {
        const auto& [word, number] = what;
        if (word == "stat") return machine_.stat();
        if (word == "list") return machine_.list();
        if (word == "uidl") return machine_.uidl();
        if (word == "retr") return machine_.retr(number);
        if (word == "dele") return machine_.dele(number);
        if (word == "top") return machine_.top(number, 0);
        if (word == "rset") return machine_.rset();
        if (word == "noop") return machine_.noop();
        if (word == "quit") return machine_.quit();
        throw std::invalid_argument("plan: " + word);
    }

    const Transcript& transcript_;
    pop3::ClientMachine machine_;
    std::unique_ptr<sasl::ClientMechanism> mechanism_;
    std::vector<std::string> plan_, events_;
    std::vector<std::uint64_t> numbers_;
    std::vector<std::pair<std::string, std::uint64_t>> todo_;
    std::string said_, message_;
    bool tls_awaited_ = false, closed_ = false, tried_ = false;
};
}  // namespace
}  // namespace restante::transcripts

int main(int argc, char** argv) {
    using namespace restante::transcripts;
    return transcript_main(argc, argv, Side::client,
                           [](const Transcript& transcript) { return std::make_unique<ClientPeer>(transcript); });
}
