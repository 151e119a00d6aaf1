// The commands that speak to the running server, as tables.
#include "api_command.hpp"
#include "api_session.hpp"
#include "cli_api.hpp"

namespace restante::cli {
namespace {
const std::vector<Column> kAccount{{"NAME", "name"},       {"ADDRESS", "address"},   {"REAL NAME", "real_name"},
                                   {"ENABLED", "enabled"}, {"POP3", "pop3_enabled"}, {"ALIASES TO POP", "aliases"}};
const std::vector<Column> kDeletion{{"ID", "id"},       {"TIME", "at"},    {"UNTIL", "until"},           {"LOGIN", "login"},
                                    {"FROM", "peer"},   {"DELETED", "deleted.messages"}, {"LEFT", "left.messages"},
                                    {"OCTETS", "left.octets"}};
const std::vector<Column> kSession{{"ID", "id"},   {"SERVICE", "service"}, {"BEGAN", "began"}, {"REMOTE", "remote"},
                                   {"TLS", "tls"}, {"LOGIN", "login"},     {"COMMANDS", "commands"}};
const std::vector<Column> kFailedSession{{"ID", "id"},         {"SERVICE", "service"}, {"BEGAN", "began"}, {"REMOTE", "remote"},
                                         {"LOGIN", "login"},   {"CAUSE", "cause"},     {"WHAT", "what"}};
const std::vector<Column> kAlert{{"ID", "id"},           {"TIME", "at"},           {"KIND", "kind"}, {"ACCOUNT", "account"},
                                 {"SETTLED BY", "settled_by"}, {"DETAIL", "detail"}};
const std::vector<Column> kPop3{{"ENABLED", "enabled"},
                                {"USES DEFAULTS", "use_defaults"},
                                {"ORDER", "order"},
                                {"SIZES", "sizes"},
                                {"LEAST SECONDS BETWEEN LOGINS", "min_poll_seconds"},
                                {"DELE", "retrieval"},
                                {"UNDO DAYS", "undo_days"},
                                {"ALERT PERCENT", "alert_percent"},
                                {"ALERT FROM MESSAGES", "alert_from"},
                                {"EXPIRE DAYS", "expire_days"}};
const std::vector<Column> kRemoval{{"ACCOUNT", "account"}, {"CAN BE RESTORED UNTIL", "restorable_until"},
                                   {"ALIASES THAT GO", "aliases_removed"}, {"ALIASES THAT KEEP OTHERS", "aliases_changed"}};
const std::vector<Column> kRemoved{{"NAME", "name"}, {"ADDRESS", "address"}, {"REAL NAME", "real_name"},
                                   {"DELETED", "deleted_at"}, {"GOES FOR GOOD", "purge_at"}};
const std::vector<Column> kAppPassword{{"NAME", "name"},          {"PROTOCOLS", "protocols"},      {"NETWORKS", "networks"},
                                       {"EXPIRES", "expires_at"}, {"LAST USED", "last_used_at"}, {"FROM", "last_used_from"}};
const std::vector<Column> kAlias{{"ADDRESS", "address"}, {"DESTINATIONS", "destinations"}, {"MANAGED BY", "managed_by"}};
const std::vector<Column> kTenant{{"NAME", "name"}, {"ADMINISTRATOR", "administrator"}};
const std::vector<Column> kDomain{{"NAME", "name"}, {"TENANT", "tenant"}, {"POSTMASTER", "postmaster"}, {"ABUSE", "abuse"}};
const std::vector<Column> kNewDomain{{"NAME", "name"}, {"TENANT", "tenant"}, {"POSTMASTER", "postmaster"}, {"ADVICE", "advice"}};
const std::vector<Column> kDkim{{"SELECTOR", "selector"}, {"TYPE", "type"},          {"BITS", "bits"},  {"STATE", "state"},
                                {"CREATED", "created_at"}, {"NAME", "record_name"}, {"TXT", "record"}, {"ADVICE", "advice"}};
const std::vector<Column> kToken{{"ID", "id"}, {"LABEL", "label"}, {"CREATED", "created_at"}, {"EXPIRES", "expires_at"}, {"SECRET", "token"}};
const std::vector<Column> kQueued{{"ID", "id"},          {"STATE", "state"},       {"SENDER", "sender"},     {"RECIPIENT", "recipient"},
                                  {"QUEUED", "queued_at"}, {"NEXT TRY", "next_try"}, {"ATTEMPTS", "attempts"}, {"LAST ERROR", "last_error"}};
const std::vector<Column> kDestination{{"DOMAIN", "domain"},     {"STATE", "state"},       {"WAITING", "waiting"},       {"HELD", "held"},
                                       {"FAILURES", "failures"}, {"NEXT TRY", "next_try"}, {"LAST ERROR", "last_error"}};
const std::vector<Column> kSmarthost{{"DOMAIN", "domain"}, {"HOST", "host"}, {"PORT", "port"}, {"TLS", "tls"}, {"VERIFY", "verify"}, {"USER", "user"}};

const std::vector<Column> kList{{"NAME", "name"},       {"ADDRESS", "address"},     {"POSTING", "posting"}, {"OWNERS", "owners"},
                                {"MEMBERS", "members"}, {"SUSPENDED", "suspended"}, {"ADVICE", "advice"}};
const std::vector<Column> kListMember{{"ADDRESS", "address"}, {"BOUNCES", "bounces"}, {"LAST", "bounced_at"},
                                      {"SUSPENDED", "suspended_at"}, {"WHAT IT SAID", "last_bounce"}};
const std::vector<Column> kMemberChange{{"ADDED", "added"}, {"REMOVED", "removed"}, {"MEMBERS", "members"}};
const std::vector<Column> kQuotaDefault{{"OCTETS", "octets"}, {"MESSAGES", "messages"}, {"USES DEFAULTS", "use_defaults"}};

std::vector<Parameter> list_settings() {
    return {optional("description", "description", "Shown in List-Id"),
            optional("posting", "posting", "Who may write: members, anyone, owners or named"),
            optional("owner", "owners", "Address of an owner", Kind::list),
            optional("poster", "posters", "Address that may write, with --posting named", Kind::list),
            optional("max-octets", "max_octets", "Of one message; 0: as the server takes", Kind::number),
            optional("bounce-limit", "bounce_limit", "Days with bounces until a member is suspended; 0: never", Kind::number),
            optional("unsubscribe-url", "unsubscribe_url", "https URL for one-click unsubscription")};
}

std::vector<Parameter> quota_settings() {
    return {optional("octets", "octets", "0: no limit", Kind::number), optional("messages", "messages", "0: no limit", Kind::number),
            optional("use-defaults", "use_defaults", "true: none of its own", Kind::boolean)};
}

std::vector<Parameter> with(std::vector<Parameter> parameters, std::vector<Parameter> more) {
    parameters.insert(parameters.end(), more.begin(), more.end());
    return parameters;
}

std::vector<ApiCommand> list_commands() {
    const Parameter name = in_path("name", "List");
    const Parameter members{"members", "members", "Addresses", Kind::list};
    const Parameter file = optional("file", "text", "File with one address a line, instead; - is standard input", Kind::file);
    return {
        {"list list", "List the mailing lists", "GET", "/lists", {}, {optional("domain", "domain", "Of this domain only")}, kList},
        {"list add", "Create a mailing list", "POST", "/lists", {needed("name", "name", "Name, unique over the server")},
         with({needed("domain", "domain", "Domain of its address")}, list_settings()), kList},
        {"list show", "Show a mailing list", "GET", "/lists/{name}", {name}, {},
         {{"NAME", "name"}, {"ADDRESS", "address"}, {"DESCRIPTION", "description"}, {"POSTING", "posting"}, {"OWNERS", "owners"},
          {"POSTERS", "posters"}, {"MAX OCTETS", "max_octets"}, {"BOUNCE LIMIT", "bounce_limit"},
          {"UNSUBSCRIBE URL", "unsubscribe_url"}, {"MEMBERS", "members"}, {"SUSPENDED", "suspended"}, {"ADVICE", "advice"}}},
        {"list set", "Change a mailing list", "PATCH", "/lists/{name}", {name}, list_settings(), kList},
        {"list delete", "Delete a mailing list", "DELETE", "/lists/{name}", {name}},
        {"list members", "List the members, and what came back from them", "GET", "/lists/{name}/members", {name}, {}, kListMember},
        {"list put", "Replace the members, all or none", "PUT", "/lists/{name}/members", {name, members}, {file}, kMemberChange},
        {"list join", "Add members", "POST", "/lists/{name}/members", {name, members}, {file}, kMemberChange},
        {"list leave", "Remove members, all or none", "POST", "/lists/{name}/removed-members", {name, members}, {file}, kMemberChange},
        {"list resume", "Send mail to a suspended member again", "POST", "/lists/{name}/members/{address}/resume",
         {name, in_path("address", "Member")}},
    };
}

std::vector<ApiCommand> rule_commands() {
    const Parameter account = in_path("name", "Account");
    return {
        {"account forward", "Show or change where an account's mail goes on to", "PATCH", "/accounts/{name}/forward", {account},
         {optional("to", "to", "Addresses, accounts or lists", Kind::list), optional("keep-copy", "keep_copy", "true or false", Kind::boolean),
          optional("off", "off", "No forward", Kind::flag)}, {{"TO", "to"}, {"KEEP COPY", "keep_copy"}}},
        {"account autoreply", "Show or change an account's automatic reply", "PATCH", "/accounts/{name}/auto-reply", {account},
         {optional("enabled", "enabled", "true or false", Kind::boolean), optional("from", "from", "RFC 3339 time"),
          optional("until", "until", "RFC 3339 time"), optional("always", "always", "Without dates", Kind::flag),
          optional("subject", "subject", "{subject} is that of the mail"), optional("body", "body", "Text"),
          optional("interval-days", "interval_days", "The same sender gets it once in that time", Kind::number)},
         {{"ENABLED", "enabled"}, {"FROM", "from"}, {"UNTIL", "until"}, {"SUBJECT", "subject"}, {"BODY", "body"},
          {"INTERVAL DAYS", "interval_days"}}},
        {"account quota", "Show or change an account's quota, and what is used of it", "PATCH", "/accounts/{name}/quota", {account},
         quota_settings(),
         {{"OCTETS", "octets"}, {"MESSAGES", "messages"}, {"SET BY", "origin"}, {"USED OCTETS", "used_octets"},
          {"USED MESSAGES", "used_messages"}, {"USED PERCENT", "used_percent"}}},
        {"domain quota", "Show or change the quota of a domain's accounts", "PATCH", "/domains/{name}/quota",
         {in_path("name", "Domain")}, quota_settings(), kQuotaDefault},
        {"tenant rules", "Show or change what holds for a tenant's accounts", "PATCH", "/tenants/{name}/rules", {in_path("name", "Tenant")},
         with(quota_settings(), {optional("remote-destinations", "remote_destinations", "default, allowed or forbidden")}),
         {{"OCTETS", "octets"}, {"MESSAGES", "messages"}, {"USES DEFAULTS", "use_defaults"},
          {"REMOTE DESTINATIONS", "remote_destinations"}, {"MAY SEND OUTSIDE", "may_send_outside"}}},
    };
}

std::vector<ApiCommand> directory_commands() {
    return {
        {"tenant list", "List the tenants", "GET", "/tenants", {}, {}, kTenant},
        {"tenant add", "Create a tenant", "POST", "/tenants", {needed("name", "name", "Name")},
         {password("Password"), optional("administrator", "administrator", "May do everything", Kind::flag)}, kTenant},
        {"tenant password", "Set a tenant's password", "PUT", "/tenants/{name}/password", {in_path("name", "Tenant")}, {password("Password")}},
        {"domain list", "List the domains", "GET", "/domains", {}, {}, kDomain},
        {"domain add", "Create a domain", "POST", "/domains", {needed("name", "name", "Name, such as example.org")},
         {{"tenant", "tenant", "Its owner; admin when left out", Kind::text, false, "admin"}}, kNewDomain},
        {"domain delete", "Delete a domain that has no accounts", "DELETE", "/domains/{name}", {in_path("name", "Domain")}},
        {"dkim list", "Show a domain's DKIM keys and their DNS records", "GET", "/domains/{name}/dkim", {in_path("name", "Domain")}, {}, kDkim},
        {"dkim add", "Make a domain's first DKIM keys, RSA and Ed25519", "POST", "/domains/{name}/dkim", {in_path("name", "Domain")}, {}, kDkim},
        {"dkim rotate", "Make new DKIM keys beside those in use", "POST", "/domains/{name}/dkim/rotate", {in_path("name", "Domain")}, {},
         kDkim},
        {"dkim activate", "Sign with the new DKIM keys, once DNS shows their records", "POST", "/domains/{name}/dkim/activate",
         {in_path("name", "Domain")}, {}, kDkim},
        {"dkim remove", "Remove a DKIM key", "DELETE", "/domains/{name}/dkim/{selector}",
         {in_path("name", "Domain"), in_path("selector", "Selector of the key")}},
        {"account list", "List the accounts", "GET", "/accounts", {}, {optional("domain", "domain", "Of this domain only")}, kAccount},
        {"account add", "Create an account", "POST", "/accounts", {needed("name", "name", "Name, unique over the server")},
         {needed("domain", "domain", "Domain of its address"), optional("real-name", "real_name", "Real name or description"),
          password("Password"), optional("password-hash", "password_hash", "Existing hash with its scheme, instead")}, kAccount},
        {"account show", "Show an account and the size of its maildrop", "GET", "/accounts/{name}", {in_path("name", "Account")}, {},
         {{"NAME", "name"}, {"ADDRESS", "address"}, {"REAL NAME", "real_name"}, {"ENABLED", "enabled"},
          {"POP3", "pop3_enabled"}, {"POP3 DEFAULTS", "pop3_defaults"}, {"SHARED SECRET", "shared_secret"},
          {"APP PASSWORDS ONLY", "app_passwords_only"}, {"ALIASES TO POP", "aliases"},
          {"MESSAGES", "maildrop.messages"}, {"OCTETS", "maildrop.octets"}}},
        {"account set", "Change an account", "PATCH", "/accounts/{name}", {in_path("name", "Account")},
         {optional("real-name", "real_name", "Real name or description"),
          optional("enabled", "enabled", "true or false: may log in", Kind::boolean),
          optional("app-passwords-only", "app_passwords_only", "true or false: mail programs must use app passwords", Kind::boolean)},
         kAccount},
        {"account pop3", "Show or change an account's POP3 settings", "PATCH", "/accounts/{name}/pop3", {in_path("name", "Account")},
         {optional("enabled", "enabled", "true or false: may use POP3", Kind::boolean),
          optional("use-defaults", "use_defaults", "true: the protocol's defaults; false: settings of its own", Kind::boolean),
          optional("order", "order", "ascending or descending (newest first)"), optional("sizes", "sizes", "exact or fast"),
          optional("min-poll", "min_poll_seconds", "Least seconds between two logins; 0: none", Kind::number),
          optional("retrieval", "retrieval", "What DELE does: remove; leave (hides from this client); debug (nothing)"),
          optional("undo-days", "undo_days", "POP3 deletes can be undone that long", Kind::number),
          optional("alert-percent", "alert_percent", "Alert when one session deletes more; 0: never", Kind::number),
          optional("alert-from", "alert_from", "Messages a maildrop has at least for that", Kind::number),
          optional("expire-days", "expire_days", "EXPIRE of CAPA; 0: NEVER", Kind::number)}, kPop3},
        {"account shared-secret keep",
         "Allow APOP, CRAM-MD5 and NTLM; the password is then stored so that it can be read, encrypted with this server's key", "PUT",
         "/accounts/{name}/shared-secret", {in_path("name", "Account")}, {password("The account's password")}, kAccount},
        {"account shared-secret erase", "Forbid APOP, CRAM-MD5 and NTLM, and erase what was stored", "DELETE",
         "/accounts/{name}/shared-secret", {in_path("name", "Account")}},
        {"account app-password list", "List an account's app passwords", "GET", "/accounts/{name}/app-passwords",
         {in_path("name", "Account")}, {}, kAppPassword},
        {"account app-password add", "Create an app password; it is shown this once", "POST", "/accounts/{name}/app-passwords",
         {{"account", "{name}", "Account", Kind::text, true}, needed("name", "name", "What it is for")},
         {optional("protocol", "protocols", "pop3 or smtp; both when left out", Kind::list),
          optional("network", "networks", "From where it works, as 192.0.2.0/24; everywhere when left out", Kind::list),
          optional("expires-at", "expires_at", "RFC 3339 time")},
         {{"NAME", "name"}, {"PASSWORD", "password"}, {"PROTOCOLS", "protocols"}, {"NETWORKS", "networks"}, {"EXPIRES", "expires_at"}}},
        {"account app-password revoke", "Revoke an app password", "DELETE", "/accounts/{name}/app-passwords/{app_password}",
         {{"account", "{name}", "Account", Kind::text, true}, in_path("app_password", "Its name")}},
        {"account password", "Set an account's password", "PUT", "/accounts/{name}/password", {in_path("name", "Account")},
         {password("Password")}},
        {"account removal", "Show what deleting an account would take along; nothing is changed", "GET", "/accounts/{name}/removal",
         {in_path("name", "Account")}, {}, kRemoval},
        {"account delete", "Delete an account, its mail and every alias that leads to it; account undelete undoes it for a while", "DELETE",
         "/accounts/{name}", {in_path("name", "Account")}, {}, kRemoval},
        {"account deleted", "List the deleted accounts that can be restored", "GET", "/removed-accounts", {}, {}, kRemoved},
        {"account undelete", "Restore a deleted account with its mail and aliases", "POST", "/removed-accounts/{name}/restore",
         {in_path("name", "Account")}, {}, kAccount},
        {"account purge", "Delete a deleted account and its mail for good", "DELETE", "/removed-accounts/{name}",
         {in_path("name", "Account")}},
        {"account deletions", "What POP3 sessions deleted and can be undone", "GET",
         "/accounts/{name}/deletions", {in_path("name", "Account")}, {}, kDeletion},
        {"account deletion", "One session's deletions, message by message", "GET", "/accounts/{name}/deletions/{deletion_id}",
         {in_path("name", "Account"), in_path("deletion_id", "Deletion")}, {}, kDeletion, "messages",
         {{"ID", "id"}, {"UIDL", "uidl"}, {"OCTETS", "octets"}}},
        {"account restore", "Put deleted messages back, with the UIDLs they had", "POST",
         "/accounts/{name}/deletions/{deletion_id}/restore",
         {in_path("name", "Account"), in_path("deletion_id", "Deletion")},
         {optional("all", "all", "All of them", Kind::flag), optional("messages", "messages", "These only", Kind::list)},
         {{"MESSAGES", "messages"}, {"OCTETS", "octets"}}},
        {"alias list", "List the aliases", "GET", "/aliases", {}, {optional("domain", "domain", "Of this domain only")}, kAlias},
        {"alias show", "Show an alias", "GET", "/aliases/{address}", {in_path("address", "Address")}, {}, kAlias},
        {"alias set", "Create or replace an alias", "PUT", "/aliases/{address}",
         {in_path("address", "Address; @domain catches all"),
          {"destinations", "destinations", "Addresses, account names, or /dev/null", Kind::list, true}}, {}, kAlias},
        {"alias delete", "Delete an alias", "DELETE", "/aliases/{address}", {in_path("address", "Address")}},
    };
}

std::vector<ApiCommand> server_commands() {
    return {
        {"status", "Version, host name and listeners of the running server", "GET", "/server", {}, {},
         {{"VERSION", "version"}, {"HOST NAME", "hostname"}, {"STARTED", "started_at"}, {"TIME", "time"}}, "listeners",
         {{"SERVICE", "service"}, {"ADDRESS", "address"}, {"TLS", "tls"}}},
        {"audit", "Changes, newest first", "GET", "/audit", {},
         {{"limit", "limit", "So many, 200 at most", Kind::number, false, "50"}, optional("after", "after", "Older than this one", Kind::number)},
         {{"ID", "id"}, {"TIME", "at"}, {"ACTOR", "actor"}, {"ACTION", "action"}, {"OBJECT", "object"}, {"DETAIL", "detail"}}},
        {"alert list", "What somebody should look at, newest first", "GET", "/alerts", {},
         {optional("all", "all", "true: also those seen to", Kind::boolean)}, kAlert},
        {"alert settle", "Say that an alert has been seen to", "POST", "/alerts/{id}/settle", {in_path("id", "Alert")}, {}, kAlert},
        {"sessions list", "Sessions of the mail services under way", "GET", "/sessions", {},
         {optional("service", "service", "mx, submission or pop3")}, kSession},
        {"sessions end", "End a session now; nothing is deleted", "DELETE", "/sessions/{id}", {in_path("id", "Session")}},
        {"sessions failed", "Sessions that failed, and why, latest first", "GET", "/failed-sessions", {},
         {optional("service", "service", "mx, submission or pop3")}, kFailedSession},
        {"sessions show", "A failed session: cause, fix and what was said", "GET", "/failed-sessions/{id}", {in_path("id", "Session")}, {},
         {{"ID", "id"}, {"SERVICE", "service"}, {"REMOTE", "remote"}, {"LOGIN", "login"}, {"WHAT", "what"}, {"FIX", "fix"},
          {"DETAIL", "detail"}, {"ACCOUNT", "about_login"}, {"TRANSCRIPT", "transcript"}}},
        {"token list", "List the API tokens", "GET", "/tokens", {}, {}, kToken},
        {"token add", "Create an API token; its secret is shown this once", "POST", "/tokens", {needed("label", "label", "What it is for")},
         {optional("expires-at", "expires_at", "RFC 3339 time")}, kToken},
        {"token revoke", "Revoke an API token", "DELETE", "/tokens/{id}", {in_path("id", "Token")}},
    };
}

const std::vector<Column> kService{{"NAME", "name"},     {"STATE", "state"},   {"START", "start"},           {"CONNECTIONS", "connections"},
                                   {"LISTEN", "listen"}, {"TLS", "listen_tls"}, {"REASON", "reason"}};
const std::vector<Column> kServiceShown{{"NAME", "name"},
                                        {"ABOUT", "about"},
                                        {"STATE", "state"},
                                        {"REASON", "reason"},
                                        {"SINCE", "since"},
                                        {"START", "start"},
                                        {"CONNECTIONS", "connections"},
                                        {"LISTEN", "listen"},
                                        {"LISTEN TLS", "listen_tls"},
                                        {"PUBLISHED", "published"}};
const std::vector<Column> kProperty{{"PROPERTY", "name"},   {"VALUE", "value"},   {"SOURCE", "source"},
                                    {"SET AT", "set_at"},   {"SET BY", "set_by"}, {"IN FILE", "in_file"},
                                    {"ALLOWED", "allowed"}};
const std::vector<Column> kCertificate{{"NAME", "name"},       {"HOSTS", "host_names"},        {"EXPIRES", "expires_at"}, {"USED BY", "used_by"},
                                       {"SOURCE", "source"},   {"FILE", "certificate_file"},   {"SHA-256", "fingerprint"}, {"PROBLEM", "problem"}};

std::vector<ApiCommand> service_commands() {
    const Parameter name = in_path("name", "Service: see service list");
    const Parameter now = optional("now", "now", "Cut the sessions instead of letting each finish its command", Kind::flag);
    const Parameter property = in_path("property", "Property: see service show");
    const Parameter section = in_path("name", "Section: see settings list");
    const Parameter setting = in_path("property", "Setting: see settings show");
    return {
        {"service list", "List the services and their state", "GET", "/services", {}, {}, kService},
        {"service show", "Show a service and its properties", "GET", "/services/{name}", {name}, {}, kServiceShown, "properties", kProperty},
        {"service set", "Set a property over the configuration file; in force at once", "PUT", "/services/{name}/properties/{property}",
         {name, property, needed("value", "value", "As in the file, without quotes; lists with blanks between")}, {}, kService},
        {"service reset", "Go back to the configuration file's value", "DELETE", "/services/{name}/properties/{property}", {name, property}, {},
         kService},
        {"service start", "Start a service", "POST", "/services/{name}/start", {name}, {}, kService},
        {"service stop", "Stop a service; the others go on", "POST", "/services/{name}/stop", {name}, {now}, kService},
        {"service restart", "Stop a service and start it again", "POST", "/services/{name}/restart", {name}, {now}, kService},
        {"service reload", "Read a service's certificate again", "POST", "/services/{name}/reload", {name}, {}, kService},
        {"service bind", "Listen on one more address", "POST", "/services/{name}/bindings",
         {name, needed("address", "address", "Such as 127.0.0.1:110, [::1]:110, *:110")},
         {optional("tls", "tls", "TLS from the first octet", Kind::flag)}, kService},
        {"service unbind", "Listen on an address no more", "DELETE", "/services/{name}/bindings/{address}",
         {name, in_path("address", "As it was bound, or the real address")}, {}, kService},
        {"service client-settings", "Servers and ports for mail programs", "GET", "/client-settings", {}, {},
         {{"SERVICE", "service"}, {"HOST", "host"}, {"PORT", "port"}, {"SECURITY", "security"}}},
        {"settings list", "List the settings that belong to no service", "GET", "/settings", {}, {}, {{"NAME", "name"}, {"ABOUT", "about"}}},
        {"settings show", "Show one section of them", "GET", "/settings/{name}", {section}, {}, {{"NAME", "name"}, {"ABOUT", "about"}}, "properties",
         kProperty},
        {"settings set", "Set one over the configuration file; in force at once", "PUT", "/settings/{name}/{property}",
         {section, setting, needed("value", "value", "As in the file, without quotes; lists with blanks between")}, {},
         {{"NAME", "name"}, {"ABOUT", "about"}}, "properties", kProperty},
        {"settings reset", "Go back to the configuration file's value", "DELETE", "/settings/{name}/{property}", {section, setting}, {},
         {{"NAME", "name"}, {"ABOUT", "about"}}, "properties", kProperty},
        {"certificate list", "List the certificates", "GET", "/certificates", {}, {}, kCertificate},
        {"certificate add", "Use one more certificate", "POST", "/certificates", {needed("name", "name", "Unique name")},
         {needed("certificate", "certificate_file", "PEM file on the server: the certificate, then its chain"),
          needed("key", "key_file", "PEM file of the private key")}, kCertificate},
        {"certificate remove", "Use a certificate no more", "DELETE", "/certificates/{name}", {in_path("name", "Certificate")}},
        {"certificate reload", "Read all of them from their files again", "POST", "/certificates/reload", {}, {}, kCertificate},
    };
}

std::vector<ApiCommand> queue_commands() {
    const Parameter id = in_path("id", "Mail: see queue list"), domain = in_path("domain", "Domain"),
                    smarthost = in_path("domain", "Domain; *: every domain without one of its own");
    const std::vector<Parameter> which{optional("id", "id", "Of this mail"), optional("domain", "domain", "To this domain"),
                                       optional("sender", "sender", "From this address"),
                                       optional("recipient", "recipient", "To this address")};
    std::vector<Parameter> selection = which;
    selection.push_back(optional("all", "all", "The whole queue", Kind::flag));
    const std::vector<Column> done{{"RECIPIENTS", "recipients"}};
    return {
        {"queue list", "Mail that waits to be sent to other servers", "GET", "/queue", {}, which, kQueued},
        {"queue show", "Show a mail in the queue", "GET", "/queue/{id}", {id}, {},
         {{"ID", "id"}, {"SENDER", "sender"}, {"SIZE", "size"}, {"QUEUED", "queued_at"}, {"HEADER", "header"}}, "recipients", kQueued},
        {"queue hold", "Hold mail: it is not sent until released", "POST", "/queue/hold", {}, selection, done},
        {"queue release", "Release held mail", "POST", "/queue/release", {}, selection, done},
        {"queue retry", "Try now, whatever failed before", "POST", "/queue/retry", {}, selection, done},
        {"queue bounce", "Return mail to its senders", "POST", "/queue/bounce", {}, selection, done},
        {"queue delete", "Delete mail; nobody is told", "POST", "/queue/delete", {}, selection, done},
        {"queue destinations", "Domains that mail waits for, and how they fare", "GET", "/destinations", {}, {}, kDestination},
        {"queue pause", "Send nothing to a domain for now", "POST", "/destinations/{domain}/pause", {domain}},
        {"queue resume", "Send to a domain again", "POST", "/destinations/{domain}/resume", {domain}},
        {"queue tls-report", "How TLS with the servers of a domain went, as it is reported to it", "GET", "/queue/tls-report/{domain}", {domain},
         {optional("day", "day", "2026-11-28, in UTC; today when left out")},
         {{"DOMAIN", "domain"}, {"DAY", "day"}, {"REPORT", "state"}}, "counts",
         {{"POLICY", "policy"}, {"RESULT", "result"}, {"SESSIONS", "sessions"}, {"HOST", "host"}, {"ADDRESS", "receiving_ip"}, {"REASON", "reason"}}},
        {"smarthost list", "Servers that take our mail for elsewhere", "GET", "/smarthosts", {}, {}, kSmarthost},
        {"smarthost set", "Use a smarthost", "PUT", "/smarthosts/{domain}", {smarthost},
         {needed("host", "host", "A name, or an address in brackets"), optional("port", "port", "587 when left out", Kind::number),
          optional("tls", "tls", "none, if_offered, required (when left out) or implicit"),
          optional("verify", "verify", "Its certificate: true (when left out) or false", Kind::boolean),
          optional("pinned-sha256", "pinned_sha256", "Only this certificate"), optional("user", "user", "Log in as"),
          password("Password; left out: the one it has")},
         kSmarthost},
        {"smarthost delete", "Use a smarthost no more", "DELETE", "/smarthosts/{domain}", {smarthost}},
    };
}

const std::vector<ApiCommand>& all_commands() {
    static const std::vector<ApiCommand> commands = [] {
        std::vector<ApiCommand> all;
        for (auto part : {server_commands(), service_commands(), directory_commands(), list_commands(), rule_commands(), queue_commands(), connection_commands(), work_commands(), spam_commands()})
            all.insert(all.end(), part.begin(), part.end());
        return all;
    }();
    return commands;
}

const std::vector<CommandGroup> kGroups{
    {"tenant", "Master users: owners of domains and accounts"},
    {"domain", "Mail domains"},
    {"dkim", "Keys that domains sign their mail with"},
    {"account", "POP accounts"},
    {"account app-password", "Passwords for one program each"},
    {"account shared-secret", "Passwords that mechanisms without TLS need"},
    {"alias", "Aliases"},
    {"list", "Mailing lists"},
    {"token", "API tokens"},
    {"sessions", "Sessions of the mail services"},
    {"alert", "What somebody should look at"},
    {"service", "Services: start, stop, addresses, settings"},
    {"settings", "Settings that belong to no service: passwords, guessing, delivery, tests of the services"},
    {"certificate", "Certificates of the services"},
    {"queue", "Mail on its way to other servers"},
    {"spam", "The spam filter: what it knows, and what it says"},
    {"smarthost", "Servers that take our mail for elsewhere"},
    {"connection", "POP3 mailboxes of other servers"},
    {"work", "People, projects, items, comments, collected mail"},
    {"work person", "People"},
    {"work project", "Projects"},
    {"work item", "Tasks and requests"},
    {"work comment", "Comment threads"},
    {"work mail", "Collected mail"},
};
}  // namespace

void add_api_commands(CLI::App& app, Context& context) { add_commands(app, context, kGroups, all_commands()); }

}  // namespace restante::cli
