// The least a POP3 server can do: the bound that bulk retrieval is held against, with the same reader on the other side.
//
//   pop3_bound PORT TLS_PORT [MESSAGES [OCTETS]]        defaults 10 and 5242880
//
// Listens on 127.0.0.1. Takes every USER and PASS, shows MESSAGES messages of OCTETS each, the same text from memory every
// time, and forgets nothing by DELE. A thread for each connection, blocking; it writes 64 KiB at a time through OpenSSL (TLS 1.2
// or 1.3, a P-256 certificate made on the spot) or in clear. No disk, no dots to look for, no store, no limits: what is left is
// the loopback device, the cipher and the reader.
#include <csignal>
#include <cstdlib>

#include "bound.hpp"

namespace {

/// What every session answers with.
struct Maildrop {
    std::string stat, list, uidl, retr;

    Maildrop(std::size_t messages, std::size_t octets) {
        const std::string line(76, 'x');
        std::string text = "Subject: bound\r\n\r\n";
        while (text.size() + line.size() + 2 < octets) text += line + "\r\n";
        if (octets > text.size() + 2) text += std::string(octets - text.size() - 2, 'y') + "\r\n";
        const std::string size = std::to_string(text.size());
        stat = "+OK " + std::to_string(messages) + ' ' + std::to_string(messages * text.size()) + "\r\n";
        list = uidl = "+OK\r\n";
        for (std::size_t i = 1; i <= messages; ++i) {
            list += std::to_string(i) + ' ' + size + "\r\n";
            uidl += std::to_string(i) + " u" + std::to_string(i) + "\r\n";
        }
        list += ".\r\n";
        uidl += ".\r\n";
        retr = "+OK\r\n" + text + ".\r\n";
    }
};

std::string_view reply(const std::string& word, const Maildrop& maildrop) {
    if (word == "RETR") return maildrop.retr;
    if (word == "STAT") return maildrop.stat;
    if (word == "LIST") return maildrop.list;
    if (word == "UIDL") return maildrop.uidl;
    if (word == "CAPA") return "+OK\r\nPIPELINING\r\n.\r\n";
    return "+OK\r\n";
}

void talk(bound::Wire& wire, const Maildrop& maildrop) {
    wire.say("+OK\r\n");
    std::string rest;
    for (std::string_view heard; !(heard = wire.hear()).empty();) {
        rest += heard;
        for (std::size_t end; (end = rest.find("\r\n")) != std::string::npos; rest.erase(0, end + 2)) {
            const std::string word = rest.substr(0, std::min<std::size_t>(end, 4));
            wire.say(reply(word, maildrop));
            if (word == "QUIT") return;
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: pop3_bound PORT TLS_PORT [MESSAGES [OCTETS]]\n");
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    const auto context = bound::server_context();
    const Maildrop maildrop(argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 10,
                            argc > 4 ? std::strtoul(argv[4], nullptr, 10) : 5'242'880);
    const auto in_clear = [&](bound::Wire& wire) { talk(wire, maildrop); };
    const auto under_tls = [&](bound::Wire& wire) {
        wire.secure(context.get());
        talk(wire, maildrop);
    };
    std::thread([&] { bound::serve_on(std::atoi(argv[1]), in_clear); }).detach();
    bound::serve_on(std::atoi(argv[2]), under_tls);
}
