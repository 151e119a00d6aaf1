// The SMTP client machine against any server: the first octets choose TLS and login, the rest is what the server says.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "smtp/client_machine.hpp"

namespace {
using namespace restante;
using namespace restante::smtp;

void require(bool condition) {
    if (!condition) std::abort();
}

ClientOptions make_options(std::uint8_t choice) {
    ClientOptions options;
    options.client_name = "client.example";
    options.tls = static_cast<ClientOptions::Tls>(choice & 3);
    options.auth_without_tls = (choice & 4) != 0;
    if (choice & 8) options.login = sasl::ClientLogin{"bob", "secret", ""};
    return options;
}

/// Every write is whole lines, and none holds a bare CR or LF.
void check_write(std::string_view bytes) {
    require(bytes.ends_with("\r\n"));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (bytes[i] == '\r') require(i + 1 < bytes.size() && bytes[i + 1] == '\n');
        if (bytes[i] == '\n') require(i > 0 && bytes[i - 1] == '\r');
    }
}

struct Driver {
    explicit Driver(std::uint8_t choice)
        : secret_allowed((choice & 4) != 0 || (choice & 3) == 3), machine(make_options(choice)) {
        mail.envelope.reverse_path = message::Address{"a", "sender.example"};
        mail.envelope.recipients = {{{"bob", "example.org"}}, {{"alice", "example.org"}}};
        mail.eight_bit = (choice & 16) != 0;
        mail.size = 100;
    }

    bool run() {  // false at the end of the session
        for (;;) {
            ClientStep step = machine.next();
            if (std::holds_alternative<NeedInput>(step)) return machine.timeout() > 0;
            if (std::holds_alternative<Close>(step) || std::holds_alternative<Broken>(step)) return false;
            if (auto* send = std::get_if<Send>(&step)) {
                check_write(send->bytes);
                if (send->bytes.find("AUTH ") == 0) require(secret_allowed || machine.tls());
            }
            if (std::holds_alternative<StartTls>(step)) machine.tls_started();
            if (std::holds_alternative<Ready>(step)) {
                if (++messages > 3)
                    machine.quit();
                else
                    machine.begin(mail);
            }
            if (std::holds_alternative<NeedData>(step)) {
                machine.data("Subject: x\n\n.\r.\r\nbody");
                machine.end_data();
            }
            if (std::holds_alternative<Finished>(step))
                for (const auto& outcome : machine.outcomes()) require(outcome.reply.code != 0);
        }
    }

    bool secret_allowed;
    ClientMachine machine;
    ClientMail mail;
    int messages = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    Driver driver(data[0]);
    const std::size_t cut = data[1] == 0 ? size : data[1];
    std::size_t at = 2;
    while (driver.run() && at < size) {
        const std::size_t count = std::min(cut, size - at);
        driver.machine.receive({reinterpret_cast<const char*>(data + at), count});
        at += count;
    }
    driver.machine.lost({ErrorKind::io, "end", Retry::later});
    driver.run();
    for (const auto& outcome : driver.machine.outcomes()) require(outcome.reply.code != 0);
    return 0;
}
