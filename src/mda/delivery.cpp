#include "mda/delivery.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "mda/header_scan.hpp"

namespace restante::mda {
namespace {
constexpr std::size_t kChunk = 16'384;
}  // namespace

Result<void> copy(store::Draft& from, store::Draft& to, std::uint64_t begin, std::uint64_t end) {
    std::array<char, kChunk> buffer;
    while (begin < end) {
        const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - begin));
        auto got = from.read_at(begin, std::span(buffer.data(), wanted));
        if (!got) return fail(std::move(got.error()));
        if (*got == 0) return fail(ErrorKind::internal, "a draft ended before its size");
        if (auto done = to.append({buffer.data(), *got}); !done) return done;
        begin += *got;
    }
    return {};
}

namespace {
/// Who sent the forwarded mail that this address of ours is the reverse-path of.
std::optional<message::Address> behind_forward(const Addressing& addressing, const message::Address& recipient) {
    if (addressing.srs == nullptr || !mailauth::Srs::is_rewritten(recipient)) return std::nullopt;
    if (!addressing.directory.is_local_domain(recipient.domain)) return std::nullopt;
    auto sender = addressing.srs->decode(recipient, addressing.now);
    if (!sender) return std::nullopt;
    return std::move(*sender);
}
}  // namespace

Result<directory::Route> route_of(const Addressing& addressing, const message::Address& recipient, Reach reach) {
    if (auto sender = behind_forward(addressing, recipient); sender && reach != Reach::local) {
        directory::Route back;
        back.remote.push_back(sender->to_string());
        return back;
    }
    auto route = addressing.directory.route(recipient);
    if (!route && route.error().kind == ErrorKind::denied && reach == Reach::anywhere) {
        directory::Route outside;
        outside.remote.push_back(recipient.to_string());
        return outside;
    }
    if (route && !route->remote.empty() && reach == Reach::local)
        return fail(ErrorKind::unsupported, recipient.to_string() + " leads to " + route->remote.front() +
                                                ", and this server does not forward to other servers");
    return route;
}

namespace {
template <class List>
void make_unique(List& list) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
}

/// RFC 3461 5.2.7.1: who is written to through an alias keeps what the sender asked for, and the address it was.
void add_remote(std::vector<message::Recipient>& out, const message::Recipient& asked, const std::string& target) {
    auto address = message::Address::parse(target);
    if (!address) return;  // the directory has checked it
    const auto same = [&](const message::Recipient& known) { return known.address == *address; };
    if (std::any_of(out.begin(), out.end(), same)) return;
    message::Recipient recipient{std::move(*address), asked.notify, asked.orcpt};
    if (!recipient.orcpt && recipient.address != asked.address)
        recipient.orcpt = message::OriginalRecipient{"rfc822", asked.address.to_string()};
    out.push_back(std::move(recipient));
}
}  // namespace

std::optional<message::Address> forwarding_path(const Addressing& addressing, const message::Envelope& envelope) {
    const auto& sender = envelope.reverse_path;
    if (!sender || addressing.srs == nullptr || addressing.directory.is_local_domain(sender->domain)) return sender;
    for (const message::Recipient& recipient : envelope.recipients) {
        if (!addressing.directory.is_local_domain(recipient.address.domain)) continue;
        auto rewritten = addressing.srs->encode(*sender, recipient.address.domain, addressing.now);
        if (rewritten) return std::move(*rewritten);
        break;
    }
    return sender;
}

Expansion expand(const Addressing& addressing, const message::Envelope& envelope, Reach reach) {
    Expansion out;
    out.last_error = {ErrorKind::not_found, "the message has no recipient", Retry::never};
    for (const message::Recipient& recipient : envelope.recipients) {
        // Bounces go back to where forwarded mail came from, and nothing else does.
        if (envelope.reverse_path && behind_forward(addressing, recipient.address)) {
            out.last_error = {ErrorKind::denied, recipient.address.to_string() + " is for bounces only", Retry::never};
            continue;
        }
        auto route = route_of(addressing, recipient.address, reach);
        if (!route) {
            out.last_error = std::move(route.error());
            continue;
        }
        ++out.left;
        out.discard = out.discard || route->discard;
        out.maildrops.insert(out.maildrops.end(), route->accounts.begin(), route->accounts.end());
        for (const std::string& target : route->remote) add_remote(out.remote, recipient, target);
        out.lists.insert(out.lists.end(), route->lists.begin(), route->lists.end());
        out.answering.insert(out.answering.end(), route->answering.begin(), route->answering.end());
        const bool here = !route->accounts.empty() || !route->lists.empty() || route->discard;
        if (here && recipient.notify.success && envelope.reverse_path) out.receipts.push_back(recipient);
        if (route->bounces_of != 0) out.bounces.push_back({route->bounces_of, route->bounce_token});
        if (!route->limited.empty()) out.limited.push_back(std::move(*route));
    }
    make_unique(out.maildrops);
    make_unique(out.lists);
    make_unique(out.answering);
    return out;
}

Result<std::unique_ptr<store::Draft>> admit(std::unique_ptr<store::Draft> draft, store::MessageStore& store,
                                            bool remove_return_path, const Limits& limits) {
    HeaderScan scan;
    std::array<char, kChunk> buffer;
    const std::uint64_t end = std::min<std::uint64_t>(draft->size(), limits.header_scan_octets);
    for (std::uint64_t offset = 0; offset < end;) {
        const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - offset));
        auto got = draft->read_at(offset, std::span(buffer.data(), wanted));
        if (!got) return fail(std::move(got.error()));
        if (*got == 0 || !scan.feed({buffer.data(), *got})) break;
        offset += *got;
    }
    if (scan.received_fields() >= limits.hop_limit)
        return fail(ErrorKind::protocol, "mail loop: the message has passed " + std::to_string(scan.received_fields()) +
                                             " servers (its Received fields)");
    const auto old = scan.return_path();
    if (!remove_return_path || !old) return draft;
    auto copied = store.create_draft();
    if (!copied) return copied;
    if (auto done = copy(*draft, **copied, 0, old->begin); !done) return fail(std::move(done.error()));
    if (auto done = copy(*draft, **copied, old->end, draft->size()); !done) return fail(std::move(done.error()));
    return copied;
}

std::string prefix_of(const message::Envelope& envelope, const Origin& origin) {
    std::string out;
    if (origin.kind != Origin::Kind::fetch && origin.kind != Origin::Kind::import)
        out += "Return-Path: <" + (envelope.reverse_path ? envelope.reverse_path->to_string() : "") + ">\r\n";
    if (envelope.recipients.size() == 1)
        out += "Delivered-To: " + envelope.recipients.front().address.to_string() + "\r\n";
    return out + origin.trace;
}

Result<std::unique_ptr<store::Draft>> copy_of(store::Draft& draft, store::MessageStore& store) {
    auto copied = store.create_draft();
    if (!copied) return copied;
    if (auto done = copy(draft, **copied, 0, draft.size()); !done) return fail(std::move(done.error()));
    return copied;
}

Result<std::string> read_head(store::Draft& draft, std::size_t most) {
    std::string out(static_cast<std::size_t>(std::min<std::uint64_t>(draft.size(), most)), '\0');
    for (std::size_t filled = 0; filled < out.size();) {
        auto got = draft.read_at(filled, std::span(out.data() + filled, out.size() - filled));
        if (!got) return fail(std::move(got.error()));
        if (*got == 0) return fail(ErrorKind::internal, "a draft ended before its size");
        filled += *got;
    }
    return out;
}

}  // namespace restante::mda
