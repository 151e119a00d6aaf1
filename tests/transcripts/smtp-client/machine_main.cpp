// Runs transcripts of the SMTP client machine: what the server says is fed, what the client says is expected.
// Options: tls: never|if-offered|required|implicit, login: NAME PASSWORD, clear-password: yes, from:, to: (several),
// text: the message, size: N, eight-bit: yes, messages: N.
// Checks: `outcome N: delivered|temporary|permanent CODE ENHANCED`, `broken: KIND`, `finished N`, `timeout N`.
#include <utility>

#include "base/text.hpp"
#include "smtp/client_machine.hpp"
#include "transcript.hpp"

namespace restante::transcripts {
namespace {

smtp::ClientOptions options_of(const Transcript& transcript) {
    using Tls = smtp::ClientOptions::Tls;
    smtp::ClientOptions options;
    options.client_name = "client.example";
    const std::string tls = transcript.option("tls", "if-offered");
    options.tls = tls == "never"      ? Tls::never
                  : tls == "required" ? Tls::required
                  : tls == "implicit" ? Tls::implicit
                                      : Tls::if_offered;
    options.auth_without_tls = transcript.option("clear-password") == "yes";
    if (const std::string login = transcript.option("login"); !login.empty()) {
        const std::size_t blank = login.find(' ');
        options.login = sasl::ClientLogin{login.substr(0, blank), login.substr(blank + 1), ""};
    }
    return options;
}

smtp::ClientMail mail_of(const Transcript& transcript) {
    smtp::ClientMail mail;
    if (const std::string from = transcript.option("from", "a@sender.example"); from != "<>")
        mail.envelope.reverse_path = *message::Address::parse(from);
    for (const auto& to : transcript.all("to")) mail.envelope.recipients.push_back({*message::Address::parse(to)});
    if (const auto size = transcript.number("size", 0)) mail.size = size;
    mail.eight_bit = transcript.option("eight-bit") == "yes";
    return mail;
}

class Machine final : public Peer {
public:
    explicit Machine(const Transcript& transcript)
        : machine_(options_of(transcript)),
          mail_(mail_of(transcript)),
          text_(transcript.option("text", "Subject: hi\r\n\r\nbody\r\n")),
          messages_(transcript.number("messages", 1)) {
        work();
    }
    void feed(std::string_view bytes) override {
        if (closed_ || tls_wanted_) return;
        machine_.receive(bytes);
        work();
    }
    std::string read() override { return std::exchange(said_, {}); }
    bool closed() override { return closed_; }
    void start_tls() override {
        if (!tls_wanted_) throw std::invalid_argument("the machine did not ask for TLS");
        tls_wanted_ = false;
        machine_.tls_started();
        work();
    }
    void drop() override {
        machine_.lost({ErrorKind::io, "connection reset", Retry::later});
        work();
    }
    std::string check(std::string_view text) override {
        const std::size_t colon = std::min(text.find(": "), text.size());
        const std::string_view what = text.substr(0, colon);
        const std::string_view wanted = text.substr(std::min(colon + 2, text.size()));
        std::string found;
        if (what == "broken") found = broken_;
        if (what == "finished") found = std::to_string(finished_);
        if (what == "timeout") found = std::to_string(machine_.timeout());
        if (what.starts_with("outcome ")) found = outcome(parse_u64(what.substr(8)).value_or(0));
        return found == wanted ? "" : "it is \"" + found + '"';
    }

private:
    std::string outcome(std::uint64_t number) const {
        static constexpr const char* kinds[] = {"delivered", "temporary", "permanent"};
        const auto& outcomes = machine_.outcomes();
        if (number == 0 || number > outcomes.size()) return "none";
        const auto& it = outcomes[number - 1];
        return std::string(kinds[static_cast<int>(it.kind)]) + " " + std::to_string(it.reply.code) + " " +
               smtp::to_string(it.reply.enhanced);
    }
    void work() {
        while (!closed_ && !tls_wanted_) {
            smtp::ClientStep step = machine_.next();
            if (std::holds_alternative<smtp::NeedInput>(step)) return;
            std::visit([this](auto& s) { perform(s); }, step);
        }
    }
    void perform(smtp::NeedInput&) {}
    void perform(smtp::Send& step) { said_ += step.bytes; }
    void perform(smtp::StartTls&) { tls_wanted_ = true; }
    void perform(smtp::Ready&) {
        if (begun_ == messages_) return machine_.quit();
        ++begun_;
        machine_.begin(mail_);
    }
    void perform(smtp::NeedData&) {
        for (const char c : text_) machine_.data({&c, 1});
        machine_.end_data();
    }
    void perform(smtp::Finished&) { ++finished_; }
    void perform(smtp::Close&) { closed_ = true; }
    void perform(smtp::Broken& step) {
        closed_ = true;
        broken_ = to_string(step.error.kind);
    }

    smtp::ClientMachine machine_;
    smtp::ClientMail mail_;
    std::string text_;
    std::size_t messages_, begun_ = 0, finished_ = 0;
    std::string said_, broken_;
    bool closed_ = false, tls_wanted_ = false;
};

}  // namespace
}  // namespace restante::transcripts

int main(int argc, char** argv) {
    using namespace restante::transcripts;
    return transcript_main(argc, argv, Side::client,
                           [](const Transcript& transcript) { return std::make_unique<Machine>(transcript); });
}
