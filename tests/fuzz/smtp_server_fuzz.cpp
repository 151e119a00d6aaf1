// The SMTP server machine against any bytes, cut by the input itself: the first octet chooses listener and limits.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "smtp/server_machine.hpp"

namespace {
using namespace restante::smtp;

void require(bool condition) {
    if (!condition) std::abort();
}

ServerOptions make_options(std::uint8_t choice) {
    ServerOptions options;
    options.kind = choice & 1   ? ServerOptions::Kind::submission
                   : choice & 8 ? ServerOptions::Kind::lmtp
                                : ServerOptions::Kind::mx;
    options.extensions.binary_mime = (choice & 16) != 0;
    options.extensions.enhanced_codes = (choice & 32) == 0;
    options.max_discarded_chunk = 4096;
    options.auth_without_tls = (choice & 2) != 0;
    options.mechanisms = {{"PLAIN", true, false}, {"SCRAM-SHA-256-PLUS", false, true}, {"SCRAM-SHA-256", false, false}};
    options.max_errors = 200;
    options.max_message_size = 600;
    options.max_recipients = 5;
    options.max_discarded_line = 8192;
    return options;
}

struct Driver {
    explicit Driver(std::uint8_t choice) : options(make_options(choice)), machine(options, (choice & 4) != 0) {}

    bool run() {  // false once closed
        for (;;) {
            Step step = machine.next();
            if (std::holds_alternative<NeedInput>(step)) return true;
            if (std::holds_alternative<Close>(step)) return false;
            if (auto* send = std::get_if<Send>(&step)) check_replies(send->bytes);
            if (std::holds_alternative<StartTls>(step)) machine.tls_started();
            if (auto* start = std::get_if<SaslStart>(&step)) {
                require(machine.offers(start->mechanism));
                answer(start->initial.value_or(""));
            }
            if (auto* response = std::get_if<SaslResponse>(&step)) answer(response->bytes);
            if (std::holds_alternative<CheckSender>(step)) machine.resume({250, {2, 1, 0}, "x"});
            if (auto* check = std::get_if<CheckRecipient>(&step)) {
                const bool utf8 = machine.envelope().smtputf8;
                for (const char c : check->recipient->local_part)
                    require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F &&
                            (utf8 || static_cast<unsigned char>(c) < 0x7F));
                for (const char c : check->recipient->domain) require(c > 0x20 && c < 0x7F);
                machine.resume({250, {2, 1, 5}, "x"});
            }
            if (std::holds_alternative<BeginData>(step)) {
                require(!machine.envelope().recipients.empty());
                require(!in_message);
                octets = 0;
                in_message = true;
                last = ' ';
                machine.resume({354, {}, "x"});
            }
            if (auto* chunk = std::get_if<DataChunk>(&step)) {
                octets += chunk->bytes.size();
                require(in_message && !chunk->bytes.empty() && octets <= options.max_message_size);
                if (machine.envelope().body != restante::message::Body::binary_mime)
                    require_whole_line_ends(chunk->bytes);
            }
            if (std::holds_alternative<DiscardData>(step)) in_message = false;
            if (std::holds_alternative<Deliver>(step)) {
                require(machine.envelope().recipients.size() <= options.max_recipients);
                require(options.kind != ServerOptions::Kind::submission || machine.session().authenticated);
                require(in_message && last != '\r');
                in_message = false;
                if (options.kind == ServerOptions::Kind::lmtp)
                    machine.resume_each(
                        std::vector<Reply>(machine.envelope().recipients.size(), Reply{250, {2, 6, 0}, "x"}));
                else
                    machine.resume({250, {2, 6, 0}, "x"});
            }
        }
    }

    void require_whole_line_ends(std::string_view bytes) {
        for (const char c : bytes) {
            require((last == '\r') == (c == '\n'));
            last = c;
        }
    }

    void answer(const std::string& bytes) {
        if (bytes.size() % 3 == 0) return machine.auth_challenge(bytes.substr(0, 300));  // a line of a reply is bounded
        machine.resume({static_cast<std::uint16_t>(bytes.size() % 3 == 1 ? 235 : 535), {}, "x"});
    }

    static void check_replies(std::string_view bytes) {
        require(bytes.ends_with("\r\n"));
        while (!bytes.empty()) {
            const std::size_t end = bytes.find("\r\n");
            require(end >= 4 && end < 511);
            require(bytes[0] >= '2' && bytes[0] <= '5' && (bytes[3] == ' ' || bytes[3] == '-'));
            for (const char c : bytes.substr(0, end)) require(c >= 0x20 && c < 0x7F);
            bytes.remove_prefix(end + 2);
        }
    }

    ServerOptions options;
    ServerMachine machine;
    std::size_t octets = 0;
    bool in_message = false;  // between BeginData and what became of it
    char last = ' ';
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    Driver driver(data[0]);
    const std::size_t cut = data[1] == 0 ? size : data[1];
    std::size_t at = 2;
    if (!driver.run()) return 0;
    while (at < size) {
        const auto space = driver.machine.input_space();
        require(!space.empty() && space.size() <= driver.options.data_buffer);
        const std::size_t count = std::min({space.size(), cut, size - at});
        std::copy_n(data + at, count, space.data());
        driver.machine.received(count);
        at += count;
        if (!driver.run()) return 0;
    }
    return 0;
}
