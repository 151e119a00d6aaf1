#include "mda/list_delivery.hpp"

#include <algorithm>

#include "directory/names.hpp"
#include "mda/bounce_report.hpp"
#include "mda/delivery.hpp"
#include "mda/list_post.hpp"

namespace restante::mda {
namespace {
/// Of a key, whose local part is not quoted.
message::Address address_of(std::string_view key) {
    const std::size_t at = key.rfind('@');
    return {std::string(key.substr(0, at)), std::string(key.substr(at + 1))};
}

std::string id_for(const Origin& origin, std::int64_t list, std::int64_t member) {
    if (origin.delivery_id.empty()) return "";
    return origin.delivery_id + ":list:" + std::to_string(list) + (member < 0 ? "" : ":" + std::to_string(member));
}
}  // namespace

Result<void> ListDelivery::expand(std::int64_t list, std::vector<Copy>& copies) {
    if (!seen_.insert(list).second) return {};
    const auto view = parts_.directory.list_by_id(list);
    if (!view) return fail(ErrorKind::not_found, "the list has just been deleted");
    const Post post{incoming_.envelope, incoming_.message, incoming_.draft.size()};
    if (auto good = check_post(*view, post); !good) return good;
    Targets targets = targets_of(*view);
    const std::vector<std::int64_t> nested = std::move(targets.lists);
    if (!targets.maildrops.empty() || !targets.remote.empty()) {
        auto copy = copy_for(*view, std::move(targets));
        if (!copy) return fail(std::move(copy.error()));
        copies.push_back(std::move(*copy));
    }
    for (const std::int64_t inner : nested)
        if (auto done = expand(inner, copies); !done)
            parts_.log.warn("list.nested_refused", {{"list", view->list.name}, {"reason", done.error().detail}});
    return {};
}

ListDelivery::Targets ListDelivery::targets_of(const directory::ListView& view) {
    Targets out;
    const bool may_leave = parts_.outbound != nullptr && parts_.directory.may_leave(view.list.tenant_id);
    for (const directory::ListMember& member : view.members) {
        if (member.suspended_at) continue;
        message::Address address = address_of(member.address);
        if (parts_.directory.is_local_domain(address.domain))
            add_local(view, member, address, out);
        else if (may_leave)
            out.remote.push_back({member.id, std::move(address)});
        else
            parts_.log.warn("list.member_skipped", {{"list", view.list.name}, {"member", member.address}});
    }
    std::sort(out.maildrops.begin(), out.maildrops.end());
    out.maildrops.erase(std::unique(out.maildrops.begin(), out.maildrops.end()), out.maildrops.end());
    return out;
}

/// A member here that cannot get it counts as one from whom it came back.
void ListDelivery::add_local(const directory::ListView& view, const directory::ListMember& member,
                             const message::Address& address, Targets& targets) {
    auto route = parts_.directory.route(address);
    Result<void> good;
    if (!route) good = fail(route.error());
    if (route && parts_.rules != nullptr && !route->limited.empty()) good = parts_.rules->check_now(*route);
    if (!good) {
        auto noted = parts_.directory.note_bounce(view.list.id, member.id, good.error().detail);
        if (!noted)
            parts_.log.error("list.bounce_lost", {{"member", member.address}, {"reason", noted.error().detail}});
        return;
    }
    targets.maildrops.insert(targets.maildrops.end(), route->accounts.begin(), route->accounts.end());
    targets.lists.insert(targets.lists.end(), route->lists.begin(), route->lists.end());
    if (parts_.outbound == nullptr) return;
    for (const std::string& elsewhere : route->remote) targets.remote.push_back({member.id, address_of(elsewhere)});
}

/// The text without the fields that a list replaces.
Result<std::unique_ptr<store::Draft>> ListDelivery::body() {
    auto out = parts_.store.create_draft();
    if (!out) return out;
    std::uint64_t from = 0;
    for (const auto& [begin, end] : replaced_fields(incoming_.header)) {
        if (auto done = copy(incoming_.draft, **out, from, begin); !done) return fail(std::move(done.error()));
        from = end;
    }
    if (auto done = copy(incoming_.draft, **out, from, incoming_.draft.size()); !done)
        return fail(std::move(done.error()));
    return out;
}

Result<Copy> ListDelivery::copy_for(const directory::ListView& view, Targets targets) {
    const directory::MailingList& list = view.list;
    const std::string fields = list_fields(list) + incoming_.origin.trace;
    Copy out;
    if (auto done = add_remote(view, targets, fields, out); !done) return fail(std::move(done.error()));
    if (targets.maildrops.empty()) return out;
    auto draft = body();
    if (!draft) return fail(std::move(draft.error()));
    out.draft = std::move(*draft);
    out.delivery.prefix = "Return-Path: <" + bounce_address(list, parts_.tokens.make(list.id, 0)).to_string() +
                          ">\r\nDelivered-To: " + list.address + "\r\n" + fields;
    out.delivery.maildrops = std::move(targets.maildrops);
    out.delivery.delivery_id = id_for(incoming_.origin, list.id, -1);
    out.delivery.received_at = incoming_.now;
    return out;
}

Result<void> ListDelivery::add_remote(const directory::ListView& view, const Targets& targets,
                                      const std::string& fields, Copy& copy) {
    const bool one_each = targets.remote.size() <= parts_.verp_limit;
    for (const Targets::Remote& remote : targets.remote) {
        if (one_each || copy.out.empty()) {
            auto mail = mail_to(view, one_each ? remote.member : 0, fields);
            if (!mail) return fail(std::move(mail.error()));
            copy.out.push_back(std::move(*mail));
        }
        copy.out.back().envelope.recipients.push_back({remote.address});
    }
    return {};
}

Result<Outbound::Mail> ListDelivery::mail_to(const directory::ListView& view, std::int64_t member,
                                             const std::string& fields) {
    auto draft = body();
    if (!draft) return fail(std::move(draft.error()));
    Outbound::Mail mail{incoming_.envelope, std::move(*draft), fields, id_for(incoming_.origin, view.list.id, member)};
    mail.envelope.reverse_path = bounce_address(view.list, parts_.tokens.make(view.list.id, member));
    mail.envelope.recipients.clear();
    mail.envelope.envid.clear();  // RFC 3461 5.2.7.3: a list makes a message of its own
    mail.envelope.ret = message::Ret::hdrs;
    return mail;
}

Result<void> take_bounce(directory::Directory& directory, const BounceTokens& tokens, const Incoming& incoming,
                         std::string_view bytes, std::int64_t list, const std::string& token, Log& log) {
    const auto view = directory.list_by_id(list);
    const auto member = view ? tokens.member_of(list, token) : std::nullopt;
    if (!member) return fail(ErrorKind::denied, "an address for bounces that this server did not make");
    if (incoming.envelope.reverse_path && !incoming.message.delivery_report)
        return fail(ErrorKind::denied, "only bounces go to " + view->list.name + "-bounces: write to its owner");
    const auto note = [&](std::int64_t id, const std::string& detail) -> Result<void> {
        auto count = directory.note_bounce(list, id, detail);
        if (!count && count.error().kind != ErrorKind::not_found) return fail(std::move(count.error()));
        if (count)
            log.info("list.bounce", {{"list", view->list.name},
                                     {"member", id},
                                     {"bounces", std::int64_t{count->bounces}},
                                     {"suspended", count->suspended}});
        return {};
    };
    const auto failed = failed_recipients(bytes, incoming.message);
    if (*member != 0) {
        if (failed && failed->empty()) return {};  // a delay, or something delivered
        return note(*member, failed ? failed->front().status + ' ' + failed->front().diagnostic
                                    : incoming.message.subject);
    }
    for (const FailedRecipient& one : failed.value_or(std::vector<FailedRecipient>{}))
        if (const directory::ListMember* who = view->member(one.address))
            if (auto done = note(who->id, one.status + ' ' + one.diagnostic); !done) return done;
    return {};
}

}  // namespace restante::mda
