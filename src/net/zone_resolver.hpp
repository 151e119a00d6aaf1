#pragma once
// For tests: answers from a Zone, at once, and remembers what it was asked.
#include <mutex>
#include <vector>

#include "net/resolver.hpp"
#include "net/zone.hpp"

namespace restante::net {

class ZoneResolver final : public Resolver {
public:
    explicit ZoneResolver(std::string_view text) : zone_(text) {}

    Task<DnsAnswer> ask(DnsQuestion question) override {
        const std::scoped_lock lock(mutex_);
        asked_.push_back(question);
        co_return zone_.answer(question);
    }
    /// From the next question on.
    void change(std::string_view text) {
        const std::scoped_lock lock(mutex_);
        zone_ = Zone(text);
    }
    std::vector<DnsQuestion> asked() const {
        const std::scoped_lock lock(mutex_);
        return asked_;
    }

private:
    mutable std::mutex mutex_;  // guards what follows
    Zone zone_;
    std::vector<DnsQuestion> asked_;
};

}  // namespace restante::net
