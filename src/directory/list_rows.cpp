// Mailing lists in the database.
#include <algorithm>

#include "directory/row_values.hpp"
#include "directory/rule_rows.hpp"

namespace restante::directory {
namespace {
using Views = std::unordered_map<std::int64_t, ListView>;

Result<void> load_settings(db::Session& session, Views& views) {
    return session.query(
        "SELECT l.id, l.tenant_id, l.domain_id, l.name, d.name, l.description, l.posting, l.owners, l.posters, "
        "l.max_octets, l.bounce_limit, l.unsubscribe_url FROM mailing_list l JOIN domain d ON d.id = l.domain_id",
        {}, [&](const db::Row& row) {
            MailingList& list = views[row.integer(0)].list;
            list.id = row.integer(0);
            list.tenant_id = row.integer(1);
            list.domain_id = row.integer(2);
            list.name = row.text(3);
            list.address = list.name + '@' + std::string(row.text(4));
            list.settings.description = row.text(5);
            list.settings.posting = posting_named(row.text(6)).value_or(Posting::owners);
            list.settings.owners = lines_in(row, 7);
            list.settings.posters = lines_in(row, 8);
            list.settings.max_octets = static_cast<std::uint64_t>(row.integer(9));
            list.settings.bounce_limit = static_cast<std::uint32_t>(row.integer(10));
            list.settings.unsubscribe_url = row.text(11);
        });
}

Result<void> load_members(db::Session& session, Views& views) {
    return session.query(
        "SELECT list_id, id, address, bounces, bounced_at, last_bounce, suspended_at FROM mailing_list_member "
        "ORDER BY list_id, address",
        {}, [&](const db::Row& row) {
            ListView& view = views[row.integer(0)];
            view.members.push_back({row.integer(1), std::string(row.text(2)),
                                    static_cast<std::uint32_t>(row.integer(3)), time_in(row, 4),
                                    std::string(row.text(5)), time_in(row, 6)});
            view.list.suspended += view.members.back().suspended_at ? 1 : 0;
        });
}
}  // namespace

Result<void> load_lists(db::Session& session, Index& index) {
    Views views;
    if (auto done = load_settings(session, views); !done) return done;
    if (auto done = load_members(session, views); !done) return done;
    for (auto& [id, view] : views) {
        view.list.members = view.members.size();
        index.put(std::make_shared<const ListView>(std::move(view)));
    }
    return {};
}

Result<void> insert_list(db::Session& session, const MailingList& list, Timestamp now) {
    auto done = run(session, "INSERT INTO server_name(name, kind) VALUES($1, 'list')", {std::string_view(list.name)});
    if (!done) return done;
    done = run(session,
               "INSERT INTO mailing_list(id, tenant_id, domain_id, name, description, posting, owners, posters, "
               "max_octets, bounce_limit, unsubscribe_url, created_at) "
               "VALUES($1, $2, $3, $4, '', '', '', '', 0, 0, '', $5)",
               {list.id, list.tenant_id, list.domain_id, std::string_view(list.name), to_micros(now)});
    if (!done) return done;
    return update_list(session, list);
}

Result<void> update_list(db::Session& session, const MailingList& list) {
    const ListSettings& settings = list.settings;
    const std::string owners = joined_lines(settings.owners), posters = joined_lines(settings.posters);
    return run(session,
               "UPDATE mailing_list SET description=$1, posting=$2, owners=$3, posters=$4, max_octets=$5, "
               "bounce_limit=$6, unsubscribe_url=$7 WHERE id=$8",
               {std::string_view(settings.description), std::string_view(to_string(settings.posting)),
                std::string_view(owners), std::string_view(posters), static_cast<std::int64_t>(settings.max_octets),
                std::int64_t{settings.bounce_limit}, std::string_view(settings.unsubscribe_url), list.id});
}

Result<void> delete_list_row(db::Session& session, const MailingList& list) {
    if (auto done = run(session, "DELETE FROM mailing_list WHERE id=$1", {list.id}); !done) return done;
    return run(session, "DELETE FROM server_name WHERE name=$1", {std::string_view(list.name)});
}

Result<void> insert_member(db::Session& session, std::int64_t list, const ListMember& member) {
    return run(session,
               "INSERT INTO mailing_list_member(id, list_id, address, bounces, bounced_at, last_bounce, suspended_at) "
               "VALUES($1, $2, $3, 0, NULL, '', NULL)",
               {member.id, list, std::string_view(member.address)});
}

Result<void> update_member(db::Session& session, const ListMember& member) {
    return run(session,
               "UPDATE mailing_list_member SET bounces=$1, bounced_at=$2, last_bounce=$3, suspended_at=$4 WHERE id=$5",
               {std::int64_t{member.bounces}, time_value(member.bounced_at), std::string_view(member.last_bounce),
                time_value(member.suspended_at), member.id});
}

Result<void> delete_member(db::Session& session, std::int64_t id) {
    return run(session, "DELETE FROM mailing_list_member WHERE id=$1", {id});
}

}  // namespace restante::directory
