// The POP3 client machine: a server that says anything.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "pop3/client_machine.hpp"

namespace {
using namespace restante;
using namespace restante::pop3;

class Session {
public:
    explicit Session(std::uint8_t config) : config_(config), machine_(options(config)) {}
    void run(std::string_view input, std::size_t chunk) {
        for (; !input.empty() && !over_; input.remove_prefix(std::min(chunk, input.size()))) {
            machine_.feed(input.substr(0, chunk));
            pump();
        }
        machine_.input_ended();
        if (!over_) pump();
        if (!over_ && steps_ < kSteps) std::abort();  // the end of input ends every session that waits for something
    }

private:
    static constexpr std::size_t kSteps = 12;
    static ClientOptions options(std::uint8_t config) {
        ClientOptions out;
        out.tls = static_cast<ClientTls>(config % 4);
        out.max_line = 256;
        out.max_discarded = 1024;
        out.max_listed = 100;
        return out;
    }
    void pump() {
        while (!over_ && std::visit([this](const auto& s) { return act(s); }, machine_.next())) {
        }
        // Never a password in clear when TLS is required.
        const bool clear = machine_.output().find("PASS") != std::string::npos && !machine_.tls();
        if (clear && config_ % 4 == static_cast<int>(ClientTls::stls)) std::abort();
        machine_.output().clear();
    }
    bool act(const client::NeedInput&) { return false; }
    bool act(const client::StartTls&) { return machine_.tls_started(), true; }
    bool act(const client::LogIn&) {
        if (config_ & 4U && ++logins_ < 3) return static_cast<void>(machine_.login_sasl("LOGIN", std::nullopt)), true;
        if (++logins_ > 4) return over_ = true, false;
        return static_cast<void>(machine_.login("bob", "pw")), true;
    }
    bool act(const client::SaslChallenge& challenge) {
        if (challenge.bytes.size() % 3 == 0)
            machine_.sasl_cancel();
        else
            machine_.sasl_response("x");
        return true;
    }
    bool act(const client::Ready&) {
        switch (steps_++) {
            case 0:
                return machine_.uidl(), true;
            case 1:
                return machine_.list(), true;
            case 2:
                return machine_.stat(), true;
            case 3:
                return machine_.retr(1), machine_.retr(2), machine_.dele(1), true;
            case 4:
                return machine_.top(3, 1), machine_.noop(), machine_.rset(), true;
            case kSteps - 1:
                return machine_.quit(), true;
            case kSteps:
                return over_ = true, false;
            default:
                return machine_.retr(steps_), true;
        }
    }
    bool act(const client::MaildropSize&) { return true; }
    bool act(const client::Listing& listing) { return check(listing.messages.size() <= 100); }
    bool act(const client::Uidls& uidls) { return check(uidls.messages.size() <= 100); }
    bool act(const client::MessageText&) {
        for (std::size_t i = 1; i < machine_.text().size(); ++i)
            if (machine_.text()[i] == '\n') check(machine_.text()[i - 1] == '\r');
        return machine_.text().clear(), true;
    }
    bool act(const client::MessageEnd&) { return true; }
    bool act(const client::Done&) { return true; }
    bool act(const client::Refused& refused) {
        if (refused.request == RequestKind::quit) over_ = true;
        return true;
    }
    bool act(const client::Finished&) { return over_ = true, false; }
    bool act(const client::Failed& failed) { return over_ = true, check(failed.error.detail.size() < 1000), false; }
    static bool check(bool holds) {
        if (!holds) std::abort();
        return true;
    }

    std::uint8_t config_;
    ClientMachine machine_;
    std::size_t steps_ = 0, logins_ = 0;
    bool over_ = false;
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    Session(data[0]).run(bytes, data[1] == 0 ? bytes.size() + 1 : data[1]);
    return 0;
}
