// After Ready: requests and the lists they bring.
#include <stdexcept>

#include "base/text.hpp"
#include "pop3/client_machine.hpp"

namespace restante::pop3 {

void ClientMachine::request(RequestKind kind, std::string_view line, std::uint64_t number) {
    if (failed_) return;  // next() tells
    if (phase_ != Phase::ready) throw std::logic_error("pop3 client: not logged in");
    send(kind, line, number);
}

void ClientMachine::retr(std::uint64_t number) { request(RequestKind::retr, "RETR " + std::to_string(number), number); }
void ClientMachine::dele(std::uint64_t number) { request(RequestKind::dele, "DELE " + std::to_string(number), number); }
void ClientMachine::top(std::uint64_t number, std::uint64_t body_lines) {
    request(RequestKind::top, "TOP " + std::to_string(number) + ' ' + std::to_string(body_lines), number);
}

void ClientMachine::quit() {
    if (phase_ == Phase::choosing && !failed_)
        send(RequestKind::quit, "QUIT");
    else
        request(RequestKind::quit, "QUIT");
}

/// One line of CAPA, LIST or UIDL. A line that makes no sense is skipped: servers add remarks, and gaps are normal.
ClientMachine::Handled ClientMachine::list_line(std::string_view line) {
    const RequestKind kind = outstanding_.front().kind;
    if (line == ".") return list_done();
    if (!line.empty() && line[0] == '.') line.remove_prefix(1);
    const std::size_t limit = kind == RequestKind::capa ? options_.max_capabilities : options_.max_listed;
    if (++lines_seen_ > limit) return fail_with(ErrorKind::too_large, "the server's list does not end");
    if (kind == RequestKind::capa) return take_capability(line), std::nullopt;
    const std::string_view text = trim(line);
    const std::size_t blank = text.find_first_of(" \t");
    const auto number = parse_u64(text.substr(0, blank));
    if (!number || *number == 0) return std::nullopt;
    std::string_view rest = blank == std::string_view::npos ? std::string_view() : trim(text.substr(blank));
    rest = rest.substr(0, rest.find_first_of(" \t"));
    if (kind == RequestKind::list)
        listed_.push_back({*number, parse_u64(rest).value_or(0)});
    else if (!rest.empty())
        identified_.push_back({*number, std::string(rest)});
    return std::nullopt;
}

ClientMachine::Handled ClientMachine::list_done() {
    const RequestKind kind = outstanding_.front().kind;
    outstanding_.pop_front();
    multi_ = false;
    if (kind == RequestKind::list) return client::Listing{std::exchange(listed_, {})};
    if (kind == RequestKind::uidl) return client::Uidls{std::exchange(identified_, {})};
    capabilities_.known = true;
    return capa_done();
}

}  // namespace restante::pop3
