// What lies in an account's maildrop, for moving in, checking and moving out.
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/ids.hpp"
#include "base/text.hpp"
#include "moving/content_hash.hpp"

namespace restante::admin {
namespace {

constexpr std::uint64_t kHashedAtOnce = 64U << 20;  // octets read for one page

Result<std::unique_ptr<store::Maildrop>> open_for_looking(Parts& parts, const directory::Account& account) {
    auto drop = parts.store.open_maildrop(account.id);
    if (!drop && drop.error().kind == ErrorKind::busy)
        return fail(ErrorKind::busy, "a POP3 session of " + account.name + " is open; try again when it has ended");
    return drop;
}

Result<std::string> hash_of(store::Maildrop& drop, const store::Entry& entry) {
    moving::ContentHash hash;
    std::vector<char> buffer(64 * 1024);
    for (std::uint64_t at = 0; at < entry.size;) {
        auto got = drop.read(entry, at, buffer);
        if (!got) return fail(std::move(got.error()));
        if (*got == 0) return fail(ErrorKind::corrupt, "a message ends before its size");
        hash.update({buffer.data(), *got});
        at += *got;
    }
    return hash.finish();
}

Result<Response> list_messages(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    auto drop = open_for_looking(parts, *account);
    if (!drop) return fail(std::move(drop.error()));
    const bool hashed = request.query_value("hash").value_or("") == "true";
    const PageRequest page = page_in(request);
    const auto after = static_cast<store::MessageId>(parse_u64(page.after).value_or(0));
    const auto all = (*drop)->messages();
    json::array items;
    std::uint64_t read = 0;
    std::size_t at = 0;
    while (at < all.size() && all[at].id <= after) ++at;
    for (; at < all.size() && items.size() < page.limit && read < kHashedAtOnce; ++at) {
        std::string uidl;
        (*drop)->append_uidl(at, uidl);
        json::object row{{"id", id_json(all[at].id)}, {"number", at + 1}, {"uidl", uidl}, {"octets", all[at].size},
                         {"received_at", to_rfc3339(time_of_id(all[at].id))}};
        if (hashed) {
            auto hash = hash_of(**drop, all[at]);
            if (!hash) return fail(std::move(hash.error()));
            row["sha256"] = std::move(*hash);
            read += all[at].size;
        }
        items.push_back(std::move(row));
    }
    json::object out{{"items", std::move(items)}};
    if (at < all.size() && at > 0) out["next"] = id_json(all[at - 1].id);
    return Response::of(std::move(out));
}

Result<Response> show_message(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    auto text = parts.store.read_message(account->id, request.path_id("message_id"), parts.moving_in.max_message);
    if (!text) return fail(std::move(text.error()));
    Response out;
    out.content_type = "message/rfc822";
    out.body = std::move(*text);
    out.headers.emplace_back("Content-Disposition", "attachment");
    return out;
}

void declare_maildrop(Schemas& schemas) {
    schemas.add({"MaildropMessage",
                 "A message as POP3 shows it.",
                 {field("id", Type::id).required(), field("number", Type::integer).required().about("Of the listing"),
                  field("uidl", Type::string).required(), field("octets", Type::integer).required(),
                  field("received_at", Type::timestamp).required().about("When it came to this server"),
                  field("sha256", Type::string).about("Hex, of its octets; with hash=true")}});
    declare_page(schemas, "MaildropMessage");
    schemas.add({"MessageHead",
                 "What stands before each message that is moved in.",
                 {field("delivery_id", Type::string).required().length(1, 900).about("The same one again stores nothing"),
                  field("uidl", Type::string).length(0, 70).about("To keep; a new one when left out"),
                  field("received_at", Type::timestamp).about("Now when left out"),
                  field("octets", Type::integer).required().range(0, INT64_MAX)}});
    schemas.add({"ImportFailure",
                 "A message that was not taken.",
                 {field("delivery_id", Type::string).required(), field("detail", Type::string).required()}});
    schemas.add({"MessagesImported",
                 "What became of the messages.",
                 {field("stored", Type::integer).required(), field("known", Type::integer).required().about("By an earlier import"),
                  field("failed", Type::integer).required(), field("octets", Type::integer).required().about("Of those stored"),
                  array_field("repeated", Type::string).required().length(0, 10'000'000).about("delivery_id of those known"),
                  object_array_field("failures", "ImportFailure").required().about("The first thousand")}});
}

}  // namespace

Group maildrop_group() {
    Operation list;
    list.method = "GET";
    list.path = "/accounts/{name}/messages";
    list.id = "listMaildropMessages";
    list.summary = "List the messages of a maildrop, as POP3 shows them";
    list.access = Access::authenticated;
    list.query = paged({field("hash", Type::boolean).about("With the SHA-256 of each message, which reads it")});
    list.response = "MaildropMessagePage";
    list.function = list_messages;
    Operation show;
    show.method = "GET";
    show.path = "/accounts/{name}/messages/{message_id}";
    show.id = "readMaildropMessage";
    show.summary = "A message as it lies there";
    show.response = "message/rfc822";
    show.access = Access::authenticated;
    show.function = show_message;
    return {"accounts", declare_maildrop, {std::move(list), std::move(show)}};
}

}  // namespace restante::admin
