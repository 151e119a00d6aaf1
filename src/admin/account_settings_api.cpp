// An account's POP3 settings and its shared secret.
#include <array>

#include "admin/account_json.hpp"
#include "admin/parts.hpp"
#include "admin/resources.hpp"

namespace restante::admin {
namespace {
using directory::Pop3Settings;
using directory::Retrieval;

constexpr std::array<const char*, 3> kRetrieval{"remove", "leave", "debug"};

json::object write_pop3(Parts& parts, const directory::Account& account) {
    const Pop3Settings settings = account.pop3_own.value_or(parts.pop3_defaults());
    return {{"enabled", account.pop3_enabled},
            {"use_defaults", !account.pop3_own.has_value()},
            {"order", settings.descending ? "descending" : "ascending"},
            {"sizes", settings.fast_sizes ? "fast" : "exact"},
            {"min_poll_seconds", settings.min_poll.count()},
            {"retrieval", kRetrieval[static_cast<std::size_t>(settings.retrieval)]},
            {"undo_days", static_cast<std::int64_t>(settings.undo.count())},
            {"alert_percent", settings.alert_percent},
            {"alert_from", settings.alert_from},
            {"expire_days", settings.expire_days}};
}

/// Writes what the body names into the settings; false if it names none.
bool read_pop3(const json::object& body, Pop3Settings& settings) {
    bool any = false;
    const auto number = [&](const char* name, auto& into) {
        const auto value = get_integer(body, name);
        if (!value) return;
        into = static_cast<std::remove_reference_t<decltype(into)>>(*value);
        any = true;
    };
    const auto word = [&](const char* name) {
        auto value = get_string(body, name);
        any = any || value;
        return value;
    };
    if (const auto order = word("order")) settings.descending = *order == "descending";
    if (const auto sizes = word("sizes")) settings.fast_sizes = *sizes == "fast";
    if (const auto retrieval = word("retrieval"))
        for (std::size_t i = 0; i < kRetrieval.size(); ++i)
            if (*retrieval == kRetrieval[i]) settings.retrieval = static_cast<Retrieval>(i);
    number("min_poll_seconds", settings.min_poll);
    number("undo_days", settings.undo);
    number("alert_percent", settings.alert_percent);
    number("alert_from", settings.alert_from);
    number("expire_days", settings.expire_days);
    return any;
}

Result<Response> show_pop3(Parts& parts, const Request& request) {
    return answer(own_account(parts, request),
                  [&](const directory::Account& account) { return write_pop3(parts, account); });
}

Result<Response> change_pop3(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    Pop3Settings settings = account->pop3_own.value_or(parts.pop3_defaults());
    const bool any = read_pop3(request.json, settings);
    const auto defaults = get_boolean(request.json, "use_defaults");
    if (any && defaults.value_or(false))
        return field_problem("use_defaults", "cannot be true together with settings of the account's own");
    std::optional<Pop3Settings> own = account->pop3_own;
    if (any || !defaults.value_or(true)) own = settings;
    if (defaults.value_or(false)) own.reset();
    const bool enabled = get_boolean(request.json, "enabled").value_or(account->pop3_enabled);
    auto done = parts.directory.set_pop3(account->name, enabled, own, {request.principal.name});
    if (!done) return fail(std::move(done.error()));
    return show_pop3(parts, request);
}

Result<Response> keep_secret(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    auto done = parts.directory.keep_shared_secret(account->name, *get_string(request.json, "password"),
                                                   {request.principal.name});
    if (!done) return at_field("password", std::move(done.error()));
    account->shared_secret = true;
    return full_account(parts, *account);
}

Result<Response> erase_secret(Parts& parts, const Request& request) {
    auto account = own_account(parts, request);
    if (!account) return fail(std::move(account.error()));
    return nothing(parts.directory.erase_shared_secret(account->name, {request.principal.name}));
}

std::vector<Field> pop3_fields() {
    return {field("order", Type::string).one_of({"ascending", "descending"}).about("descending: newest first"),
            field("sizes", Type::string)
                .one_of({"exact", "fast"})
                .about("Accepted; sizes are always exact, since that costs nothing here"),
            field("min_poll_seconds", Type::integer)
                .range(0, 86'400)
                .about("Least time between two logins (LOGIN-DELAY); 0: none"),
            field("retrieval", Type::string)
                .one_of({"remove", "leave", "debug"})
                .about("What DELE does: removes; hides from this client only; nothing"),
            field("undo_days", Type::integer).range(0, 3650).about("POP3 deletes can be undone that long; 0: gone at once"),
            field("alert_percent", Type::integer)
                .range(0, 100)
                .about("Alert when one session deletes more than this share; 0: never"),
            field("alert_from", Type::integer).range(0, 1'000'000'000).about("Messages a maildrop has at least for that"),
            field("expire_days", Type::integer).range(0, 36'500).about("EXPIRE of CAPA; 0: NEVER")};
}

void declare_account_settings(Schemas& schemas) {
    std::vector<Field> shown{field("enabled", Type::boolean),
                             field("use_defaults", Type::boolean).about("false: the account has settings of its own")};
    for (Field& one : pop3_fields()) shown.push_back(std::move(one));
    std::vector<Field> patch = shown;
    for (Field& one : shown) one.is_required = true;
    schemas.add({"AccountPop3", "How an account's maildrop is served over POP3.", std::move(shown)});
    schemas.add({"AccountPop3Patch",
                 "What shall change. A setting makes the account's settings its own, the others as they are now.",
                 std::move(patch)});
}

}  // namespace

Group account_settings_group() {
    return {"accounts",
            declare_account_settings,
            {{"GET",
              "/accounts/{name}/pop3",
              "showAccountPop3",
              "Show an account's POP3 settings",
              Access::authenticated,
              {},
              {},
              "AccountPop3",
              200,
              show_pop3},
             {"PATCH",
              "/accounts/{name}/pop3",
              "changeAccountPop3",
              "Change an account's POP3 settings",
              Access::authenticated,
              {},
              "AccountPop3Patch",
              "AccountPop3",
              200,
              change_pop3},
             {"PUT",
              "/accounts/{name}/shared-secret",
              "keepSharedSecret",
              "Allow APOP, CRAM-MD5 and NTLM. Off by default: the password must then be stored so that it can be read, "
              "encrypted with a key of this server, and whoever has both has the password",
              Access::authenticated,
              {},
              "PasswordChange",
              "Account",
              200,
              keep_secret},
             {"DELETE",
              "/accounts/{name}/shared-secret",
              "eraseSharedSecret",
              "Forbid APOP, CRAM-MD5 and NTLM, and erase what was stored for them",
              Access::authenticated,
              {},
              {},
              {},
              204,
              erase_secret}}};
}

}  // namespace restante::admin
