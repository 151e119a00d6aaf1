#include "mta/switchboard.hpp"

#include <algorithm>

#include "directory/networks.hpp"

namespace restante::mta {
namespace {

bool is_any(const net::Address& address) {
    return std::ranges::all_of(address.ip_bytes(), [](char c) { return c == 0; });
}

/// bound may be a wildcard, such as 0.0.0.0:25.
bool takes(const net::Address& bound, const net::Address& local) {
    if (bound.family() == net::Address::Family::unix_path || local.family() == net::Address::Family::unix_path)
        return bound == local;
    return bound.port() == local.port() && (is_any(bound) || bound.ip_bytes() == local.ip_bytes());
}

bool takes(const std::vector<net::Address>& bound, const net::Address& local) {
    return std::ranges::any_of(bound, [&](const net::Address& one) { return takes(one, local); });
}

bool share(const std::vector<net::Address>& a, const std::vector<net::Address>& b) {
    return std::ranges::any_of(a, [&](const net::Address& one) { return std::ranges::find(b, one) != b.end(); });
}

bool same_networks(std::vector<std::string> a, std::vector<std::string> b) {
    std::ranges::sort(a);
    std::ranges::sort(b);
    return a == b;
}

}  // namespace

Result<> Switchboard::put(Connector connector) {
    const std::scoped_lock lock(mutex_);
    for (const auto& other : connectors_)
        if (other->name != connector.name && same_networks(other->networks, connector.networks) &&
            (share(other->clear, connector.clear) || share(other->tls, connector.tls)))
            return fail(ErrorKind::already_exists, "the connector " + other->name +
                                                       " takes the same clients at the same address: give one of the "
                                                       "two other addresses or other remote networks");
    std::erase_if(connectors_, [&](const auto& known) { return known->name == connector.name; });
    connectors_.push_back(std::make_shared<const Connector>(std::move(connector)));
    return {};
}

void Switchboard::remove(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(connectors_, [&](const auto& known) { return known->name == name; });
}

Switchboard::Serve Switchboard::choose(const net::Address& local, const net::Address& peer, bool tls) const {
    const std::scoped_lock lock(mutex_);
    const std::string client = peer.ip();
    const Connector* best = nullptr;
    std::size_t best_bits = 0;
    for (const auto& connector : connectors_) {
        if (!takes(tls ? connector->tls : connector->clear, local)) continue;
        const auto bits = directory::bits_in_common(client, connector->networks);
        if (!bits || (best != nullptr && *bits <= best_bits)) continue;
        best = connector.get();
        best_bits = *bits;
    }
    return best != nullptr ? best->serve : Serve();
}

}  // namespace restante::mta
