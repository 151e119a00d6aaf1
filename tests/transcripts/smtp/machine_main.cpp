// Runs SMTP transcripts against the bare server machine.
#include <map>
#include <utility>

#include "fixed_exchange.hpp"
#include "mailbox_world.hpp"
#include "smtp/server_machine.hpp"

namespace restante::transcripts {
namespace {

class Machine final : public Peer {
public:
    explicit Machine(const Transcript& transcript)
        : options_(smtp_options(transcript)),
          delivery_(transcript.option("delivery")),
          draft_fault_(transcript.option("draft")),
          machine_(options_, transcript.option("tls") == "implicit"),
          exchange_(smtp_accounts, transcript.option("nonce")) {
        work();
    }

    void feed(std::string_view bytes) override {
        while (!bytes.empty() && !closed_ && !tls_wanted_) {
            const auto space = machine_.input_space();
            const std::size_t count = std::min(space.size(), bytes.size());
            std::copy_n(bytes.data(), count, space.data());
            machine_.received(count);
            bytes.remove_prefix(count);
            work();
        }
    }
    std::string read() override { return std::exchange(said_, {}); }
    bool closed() override { return closed_; }
    void start_tls() override {
        if (!tls_wanted_) throw std::invalid_argument("the machine did not ask for TLS");
        tls_wanted_ = false;
        machine_.tls_started();
        work();
    }
    void drop() override { closed_ = true; }
    std::string check(std::string_view text) override { return check_mail(text, mails_); }

private:
    void work() {
        while (!closed_ && !tls_wanted_) {
            smtp::Step step = machine_.next();
            if (std::holds_alternative<smtp::NeedInput>(step)) return;
            std::visit([this](auto& s) { perform(s); }, step);
        }
    }

    void perform(smtp::NeedInput&) {}
    void perform(smtp::Send& step) { said_ += step.bytes; }
    void perform(smtp::StartTls&) { tls_wanted_ = true; }
    void perform(smtp::Close&) { closed_ = true; }
    void perform(smtp::DiscardData&) { draft_.clear(); }
    void perform(smtp::DataChunk& step) {
        if (draft_fault_ == "full-disk") machine_.refuse_data({452, {4, 3, 1}, "Disk full"});
        draft_ += step.bytes;
    }
    void perform(smtp::BeginData&) { machine_.resume({354, {}, "Go ahead"}); }
    void perform(smtp::SaslStart& step) {
        exchange_.begin(step.mechanism, machine_.session().tls, machine_.offers(step.mechanism + "-PLUS"));
        conclude(exchange_.start(step.initial));
    }
    void perform(smtp::SaslResponse& step) { conclude(exchange_.respond(step.bytes)); }
    void conclude(const FixedExchange::Outcome& outcome) {
        switch (outcome.kind) {
            case FixedExchange::Outcome::challenge:
                return machine_.auth_challenge(outcome.text);
            case FixedExchange::Outcome::malformed:
                return machine_.resume({501, {5, 5, 2}, "Malformed"});
            case FixedExchange::Outcome::wrong:
                return machine_.resume({535, {5, 7, 8}, "Wrong name or password"});
            case FixedExchange::Outcome::login:
                login_ = outcome.text;
                return machine_.resume({235, {2, 7, 0}, "Welcome"});
        }
    }
    void perform(smtp::CheckSender& step) {
        const bool own =
            step.sender == nullptr || (step.sender->domain == smtp_domain && step.sender->local_part == login_);
        if (options_.kind == smtp::ServerOptions::Kind::submission && !own)
            return machine_.resume({553, {5, 7, 1}, "Not your address"});
        machine_.resume({250, {2, 1, 0}, "Sender taken"});
    }
    void perform(smtp::CheckRecipient& step) {
        const auto& to = *step.recipient;
        if (!to.domain.empty() && to.domain != smtp_domain) return machine_.resume({550, {5, 7, 1}, "No relaying"});
        if (to.local_part.find_first_of("@%!") != std::string::npos)
            return machine_.resume({550, {5, 7, 1}, "No relaying"});
        const std::string name = to_lower(to.local_part);
        if (name != "postmaster" && !smtp_accounts.contains(name))
            return machine_.resume({550, {5, 1, 1}, "No such mailbox"});
        machine_.resume({250, {2, 1, 5}, "Recipient taken"});
    }
    void perform(smtp::Deliver&) {
        std::string text = std::exchange(draft_, {});
        if (delivery_ == "full-disk") return machine_.resume({452, {4, 3, 1}, "Disk full"});
        if (delivery_ == "io") return machine_.resume({451, {4, 3, 0}, "Disk fault"});
        const auto envelope = machine_.take_envelope();
        std::string recipients;
        for (const auto& recipient : envelope.recipients)
            recipients += (recipients.empty() ? "" : ", ") + recipient.address.to_string();
        mails_.push_back(
            {envelope.reverse_path ? envelope.reverse_path->to_string() : "", recipients, std::move(text)});
        machine_.resume({250, {2, 6, 0}, "queued as " + std::to_string(mails_.size())});
    }

    smtp::ServerOptions options_;
    std::string delivery_, draft_fault_;
    smtp::ServerMachine machine_;
    FixedExchange exchange_;
    std::string said_, draft_, login_;
    std::vector<ReceivedMail> mails_;
    bool closed_ = false, tls_wanted_ = false;
};

}  // namespace
}  // namespace restante::transcripts

int main(int argc, char** argv) {
    using namespace restante::transcripts;
    return transcript_main(argc, argv, Side::server,
                           [](const Transcript& transcript) { return std::make_unique<Machine>(transcript); });
}
