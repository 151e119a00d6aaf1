// The POP3 server machine: any bytes, any cut, any outcome of its steps.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "pop3/dot_codec.hpp"
#include "pop3/server_machine.hpp"
#include "sasl/server.hpp"

namespace {
using namespace restante;
using namespace restante::pop3;

constexpr std::size_t kFlushAt = 2048;

struct Drop final : Listing {
    std::size_t size = 0;
    std::size_t count() const override { return size; }
    std::uint64_t octets(std::size_t index) const override { return index * 1000; }
    void append_uidl(std::size_t index, std::string& out) const override { (out += 'u') += std::to_string(index); }
};

class Session {
public:
    Session(std::uint8_t config, std::string_view text) : outcomes_(config), text_(text) {
        options_.mechanisms = {{"PLAIN", true}, {"LOGIN", true}, {"X", false}};
        options_.allow_plaintext_login = (config & 1U) != 0;
        options_.flush_at = kFlushAt;
        options_.max_discarded = 4096;
        options_.max_errors = 0;
        drop_.size = config;
    }
    void run(std::string_view input, std::size_t chunk) {
        ServerMachine machine(options_, (outcomes_ & 2U) != 0, outcomes_ & 4U ? "<1.2@example.org>" : "");
        machine_ = &machine;
        for (; !input.empty(); input.remove_prefix(std::min(chunk, input.size()))) {
            machine.feed(input.substr(0, chunk));
            for (;;) {
                const Step step = machine.next();
                if (machine.output().size() > kFlushAt + 1024) std::abort();
                if (std::holds_alternative<Close>(step)) return;
                std::visit([this](const auto& s) { act(s); }, step);
                machine.output().clear();
                if (std::holds_alternative<NeedInput>(step)) break;
            }
        }
    }

private:
    bool yes() { return (outcomes_ = outcomes_ * 73U + 41U) % 8 != 0; }
    void refuse() { machine_->refuse({ResponseCode::sys_temp, "no"}); }
    void act(const NeedInput&) {}
    void act(const Flush&) {}
    void act(const Close&) {}
    void act(const StartTls&) { machine_->tls_started(); }
    void act(const Authenticate&) { yes() ? machine_->authenticated() : refuse(); }
    void act(const Apop& login) {
        if (login.name.empty() || login.digest.size() != 32) std::abort();
        yes() ? machine_->authenticated() : refuse();
    }
    void act(const SaslStart& start) {
        mechanism_ = sasl::make_server(start.mechanism);
        if (!mechanism_) return refuse();
        go_on(mechanism_->start(start.initial));
    }
    void act(const SaslResponse& response) { go_on(mechanism_->step(response.bytes)); }
    void go_on(const sasl::ServerStep& step) {
        if (const auto* challenge = std::get_if<sasl::Challenge>(&step))
            machine_->sasl_challenge(challenge->bytes);
        else if (std::holds_alternative<sasl::Credentials>(step) && yes())
            machine_->authenticated();
        else
            refuse();
    }
    void act(const OpenMaildrop&) { yes() ? machine_->maildrop_opened(drop_) : refuse(); }
    void act(const ReadMessage& read) {
        if (read.index >= drop_.size) std::abort();
        if (!yes()) return refuse();
        machine_->begin_message();
        std::string out, back;
        DotStuffer stuffer(read.body_lines);
        const std::size_t half = text_.size() / 2;
        if (stuffer.write(text_.substr(0, half), out)) stuffer.write(text_.substr(half), out);
        stuffer.finish(out);
        DotUnstuffer reader;
        if (reader.read(out, back) != out.size() || !reader.ended()) std::abort();
        machine_->end_message();
    }
    void act(const CommitDeletes& commit) {
        if (commit.indices.empty() || commit.indices.back() >= drop_.size) std::abort();
        yes() ? machine_->deletes_committed() : refuse();
    }

    std::uint32_t outcomes_;
    std::string_view text_;
    ServerOptions options_;
    Drop drop_;
    ServerMachine* machine_ = nullptr;
    std::unique_ptr<sasl::ServerMechanism> mechanism_;
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    Session(data[0], bytes).run(bytes, data[1] == 0 ? bytes.size() + 1 : data[1]);
    return 0;
}
