#include "mailauth/answers.hpp"

#include <algorithm>

namespace restante::mailauth {

const net::DnsAnswer* Answers::ask(net::DnsQuestion::Type type, std::string_view name) {
    net::DnsQuestion question{type, net::canonical_name(name)};
    if (const auto found = known_.find({type, question.name}); found != known_.end()) return &found->second;
    if (std::ranges::find(missing_, question) != missing_.end()) return nullptr;
    if (asked_ == most_) {
        net::DnsAnswer refused;
        refused.detail = "too many questions for one message";
        return &known_.emplace(Key{type, question.name}, std::move(refused)).first->second;
    }
    ++asked_;
    missing_.push_back(std::move(question));
    return nullptr;
}

void Answers::put(const net::DnsQuestion& question, net::DnsAnswer answer) {
    known_.emplace(Key{question.type, net::canonical_name(question.name)}, std::move(answer));
}

std::vector<net::DnsQuestion> Answers::take_missing() { return std::exchange(missing_, {}); }

}  // namespace restante::mailauth
