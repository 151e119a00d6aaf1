#pragma once
// What is known of the name system while a message is judged. Every check here is a plain function of this: where it
// lacks an answer it notes the question and gives up; it is called again when the answers are there. So checks need no
// I/O, and the questions of all of them go out together.
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "net/dns.hpp"

namespace restante::mailauth {

/// Of one message. Not thread-safe.
class Answers {
public:
    /// most: questions in all; those beyond it are answered servfail.
    explicit Answers(std::size_t most = 300) : most_(most) {}

    /// nullptr: not known yet, and noted. The answer stays where it is.
    const net::DnsAnswer* ask(net::DnsQuestion::Type type, std::string_view name);
    /// The first answer to a question stays.
    void put(const net::DnsQuestion& question, net::DnsAnswer answer);

    /// What has been asked in vain since the last call, each question once.
    std::vector<net::DnsQuestion> take_missing();
    std::size_t questions() const { return asked_; }

private:
    using Key = std::pair<net::DnsQuestion::Type, std::string>;
    const std::size_t most_;
    std::size_t asked_ = 0;
    std::map<Key, net::DnsAnswer> known_;
    std::vector<net::DnsQuestion> missing_;
};

}  // namespace restante::mailauth
