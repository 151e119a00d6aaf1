// Mail on its way to other servers: the queue, its destinations, smarthosts.
#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "base/text.hpp"
#include "relay/dsn.hpp"
#include "relay/queue.hpp"
#include "relay/smarthosts.hpp"

namespace restante::admin {
namespace {
using Action = relay::Queue::Action;
constexpr std::size_t kHeaderOctets = 65'536;
constexpr std::size_t kRecipientsShown = 1'000;

/// Line by line, so that it can be read; what a line must not have is escaped.
std::string shown_header(std::string_view header) {
    std::string out;
    for (std::string_view line : split(header.substr(0, kHeaderOctets), '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        const bool folded = line.starts_with('\t');
        out += (out.empty() ? "" : "\n") + std::string(folded ? "    " : "") + escape_for_log(line.substr(folded ? 1 : 0), line.size());
    }
    while (out.ends_with('\n')) out.pop_back();
    return out;
}

json::object write_queued(const relay::QueuedRecipient& row) {
    return {{"id", id_json(row.mail)},
            {"sender", row.sender},
            {"recipient", row.recipient},
            {"domain", row.domain},
            {"state", row.held ? "held" : "waiting"},
            {"queued_at", to_rfc3339(row.queued_at)},
            {"next_try", row.held ? json::value(nullptr) : json::value(to_rfc3339(row.next_try))},
            {"attempts", row.attempts},
            {"size", row.size},
            {"last_error", row.last_error}};
}

json::object write_destination(const relay::Destination& destination) {
    return {{"domain", destination.domain},
            {"state", destination.paused         ? "paused"
                      : destination.failures > 0 ? "failing"
                                                 : "well"},
            {"waiting", destination.waiting},
            {"held", destination.held},
            {"failures", destination.failures},
            {"next_try", time_or_null(destination.next_try)},
            {"oldest",
             destination.waiting + destination.held > 0 ? json::value(to_rfc3339(destination.oldest)) : json::value()},
            {"last_error", destination.last_error}};
}

json::object write_smarthost(const relay::Smarthost& smarthost) {
    return {{"domain", smarthost.domain.empty() ? "*" : smarthost.domain},
            {"host", smarthost.host},
            {"port", smarthost.port},
            {"tls", relay::to_string(smarthost.tls)},
            {"verify", smarthost.verify},
            {"pinned_sha256", smarthost.pinned_sha256},
            {"user", smarthost.user}};
}

Error no_queue() { return {ErrorKind::unavailable, "this server has no queue", Retry::never}; }

relay::Selection selection_of(const json::object& body) {
    relay::Selection out;
    out.mail = get_id(body, "id").value_or(0);
    out.domain = to_lower(get_string(body, "domain").value_or(""));
    out.sender = get_string(body, "sender").value_or("");
    out.recipient = get_string(body, "recipient").value_or("");
    return out;
}

/// The cursor of a row is "mail.number".
std::pair<std::int64_t, std::int64_t> place_of(const std::string& cursor) {
    const auto parts = split(cursor, '.');
    const auto number = [&](std::size_t i) { return i < parts.size() ? parse_u64(parts[i]).value_or(0) : 0; };
    if (cursor.empty()) return {0, -1};
    return {static_cast<std::int64_t>(number(0)), static_cast<std::int64_t>(number(1))};
}

Result<Response> list_queue(Parts& parts, const Request& request) {
    if (parts.queue == nullptr) return fail(no_queue());
    relay::Selection which;
    which.mail = static_cast<std::int64_t>(parse_u64(request.query_value("id").value_or("")).value_or(0));
    which.domain = to_lower(request.query_value("domain").value_or(""));
    which.sender = request.query_value("sender").value_or("");
    which.recipient = request.query_value("recipient").value_or("");
    const PageRequest page = page_in(request);
    const auto [mail, number] = place_of(page.after);
    auto rows = parts.queue->list(which, mail, number, page.limit + 1);
    if (!rows) return fail(std::move(rows.error()));
    return page_of(*rows, page.limit, write_queued, [](const auto& row) {
        return json::value(std::to_string(row.mail) + "." + std::to_string(row.number));
    });
}

Result<Response> show_queued(Parts& parts, const Request& request) {
    if (parts.queue == nullptr) return fail(no_queue());
    relay::Selection which;
    which.mail = request.path_id("id");
    auto rows = parts.queue->list(which, 0, -1, kRecipientsShown);
    if (!rows) return fail(std::move(rows.error()));
    if (rows->empty()) return fail(ErrorKind::not_found, "no mail in the queue has this id");
    std::string head(kHeaderOctets, '\0');
    relay::MailFacts mail;
    mail.id = which.mail;
    mail.size = rows->front().size;
    const auto got = parts.queue->read(mail, 0, head);
    if (!got) return fail(got.error());
    head.resize(*got);
    json::array recipients;
    for (const auto& row : *rows) recipients.push_back(write_queued(row));
    return Response::of({{"id", id_json(which.mail)},
                         {"sender", rows->front().sender},
                         {"size", rows->front().size},
                         {"queued_at", to_rfc3339(rows->front().queued_at)},
                         {"header", shown_header(relay::header_section(head))},
                         {"recipients", std::move(recipients)}});
}

const char* name_of_action(Action action) {
    switch (action) {
        case Action::hold:
            return "queue.hold";
        case Action::release:
            return "queue.release";
        case Action::retry:
            return "queue.retry";
        case Action::bounce:
            return "queue.bounce";
        case Action::remove:
            return "queue.delete";
    }
    return "";
}

std::string described(const relay::Selection& which) {
    std::string out;
    if (which.mail != 0) out += " id " + std::to_string(which.mail);
    if (!which.domain.empty()) out += " domain " + which.domain;
    if (!which.sender.empty()) out += " sender " + which.sender;
    if (!which.recipient.empty()) out += " recipient " + which.recipient;
    return out.empty() ? "all" : out.substr(1);
}

template <Action action>
Result<Response> act(Parts& parts, const Request& request) {
    if (parts.queue == nullptr) return fail(no_queue());
    const relay::Selection which = selection_of(request.json);
    const bool named = which.mail != 0 || !which.domain.empty() || !which.sender.empty() || !which.recipient.empty();
    if (!named && !get_boolean(request.json, "all").value_or(false))
        return fail(ErrorKind::invalid, "name an id, a domain, a sender or a recipient, or say all");
    const auto count = parts.queue->act(action, which);
    if (!count) return fail(count.error());
    if (*count == 0 && which.mail != 0)
        return fail(ErrorKind::not_found, "mail " + std::to_string(which.mail) + " is not in the queue (any more), or not to there");
    auto written =
        parts.audit(request.principal.name, name_of_action(action), described(which), std::to_string(*count) + " recipients");
    if (!written) return fail(std::move(written.error()));
    return Response::of({{"recipients", *count}});
}

Result<Response> list_destinations(Parts& parts, const Request& request) {
    if (parts.queue == nullptr) return fail(no_queue());
    auto all = parts.queue->destinations();
    if (!all) return fail(std::move(all.error()));
    return page_from(*all, page_in(request), write_destination, [](const auto& d) { return d.domain; });
}

template <bool paused>
Result<Response> pause(Parts& parts, const Request& request) {
    if (parts.queue == nullptr) return fail(no_queue());
    const std::string domain = to_lower(request.path_value("domain"));
    if (auto address = message::Address::parse("x@" + domain); !address)
        return fail(ErrorKind::invalid, "\"" + escape_for_log(domain, 80) + "\" is no domain");
    if (auto done = parts.queue->pause(domain, paused); !done) return fail(std::move(done.error()));
    return nothing(
        parts.audit(request.principal.name, paused ? "destination.pause" : "destination.resume", domain, ""));
}

std::string smarthost_domain(const Request& request) {
    const std::string& domain = request.path_value("domain");
    return domain == "*" ? "" : to_lower(domain);
}

Result<Response> list_smarthosts(Parts& parts, const Request& request) {
    if (parts.smarthosts == nullptr) return fail(no_queue());
    return page_from(parts.smarthosts->all(), page_in(request), write_smarthost,
                     [](const auto& s) { return s.domain; });
}

Result<Response> put_smarthost(Parts& parts, const Request& request) {
    if (parts.smarthosts == nullptr) return fail(no_queue());
    const json::object& body = request.json;
    relay::Smarthost wanted;
    wanted.domain = smarthost_domain(request);
    wanted.host = get_string(body, "host").value_or("");
    wanted.port = static_cast<std::uint16_t>(get_integer(body, "port").value_or(wanted.port));
    if (const auto tls = get_string(body, "tls")) wanted.tls = relay::parse_smarthost_tls(*tls).value_or(wanted.tls);
    wanted.verify = get_boolean(body, "verify").value_or(true);
    wanted.pinned_sha256 = get_string(body, "pinned_sha256").value_or("");
    wanted.user = get_string(body, "user").value_or("");
    const std::optional<std::string> password = get_string(body, "password");
    if (auto set = parts.smarthosts->set(wanted, password); !set) return fail(std::move(set.error()));
    auto written =
        parts.audit(request.principal.name, "smarthost.set", wanted.domain.empty() ? "*" : wanted.domain,
                    wanted.host + ":" + std::to_string(wanted.port) + (password ? ", with a new password" : ""));
    if (!written) return fail(std::move(written.error()));
    return Response::of(write_smarthost(wanted));
}

Result<Response> delete_smarthost(Parts& parts, const Request& request) {
    if (parts.smarthosts == nullptr) return fail(no_queue());
    const std::string domain = smarthost_domain(request);
    if (auto gone = parts.smarthosts->remove(domain); !gone) return fail(std::move(gone.error()));
    return nothing(parts.audit(request.principal.name, "smarthost.delete", domain.empty() ? "*" : domain, ""));
}

std::vector<Field> which_fields() {
    return {field("id", Type::id).about("Of this mail"), field("domain", Type::string).about("To this domain"),
            field("sender", Type::string).about("From this reverse-path"),
            field("recipient", Type::string).about("To this address")};
}

void declare_queue(Schemas& schemas) {
    schemas.add({"QueuedRecipient",
                 "One recipient elsewhere whose mail has not been sent yet.",
                 {field("id", Type::id).required().about("Of the mail"), field("sender", Type::string).required(),
                  field("recipient", Type::string).required(), field("domain", Type::string).required(),
                  field("state", Type::string).required().one_of({"waiting", "held"}),
                  field("queued_at", Type::timestamp).required(),
                  field("next_try", Type::timestamp).required().nullable().about("null while it is held"),
                  field("attempts", Type::integer).required(), field("size", Type::integer).required(),
                  field("last_error", Type::string).required()}});
    declare_page(schemas, "QueuedRecipient");
    schemas.add({"QueuedMail",
                 "A mail in the queue.",
                 {field("id", Type::id).required(), field("sender", Type::string).required(),
                  field("size", Type::integer).required(), field("queued_at", Type::timestamp).required(),
                  field("header", Type::string).required().length(0, 1U << 20),
                  object_array_field("recipients", "QueuedRecipient").required()}});
    auto which = which_fields();
    which.push_back(field("all", Type::boolean).about("The whole queue, when nothing else is named"));
    schemas.add(
        {"QueueSelection", "Which recipients are meant: those to which all that is named applies.", std::move(which)});
    schemas.add(
        {"QueueActionDone", "How many recipients it was done to.", {field("recipients", Type::integer).required()}});
    schemas.add(
        {"Destination",
         "A domain mail waits for.",
         {field("domain", Type::string).required(),
          field("state", Type::string).required().one_of({"well", "failing", "paused"}),
          field("waiting", Type::integer).required(), field("held", Type::integer).required(),
          field("failures", Type::integer).required().about("In a row"),
          field("next_try", Type::timestamp).required().nullable(),
          field("oldest", Type::timestamp).required().nullable(), field("last_error", Type::string).required()}});
    declare_page(schemas, "Destination");
    const std::vector<std::string> tls{"none", "if_offered", "required", "implicit"};
    schemas.add({"Smarthost",
                 "A server that takes our mail for a domain, or for all others.",
                 {field("domain", Type::string).required().about("*: every domain without one of its own"),
                  field("host", Type::string).required(), field("port", Type::integer).required(),
                  field("tls", Type::string).required().one_of(tls), field("verify", Type::boolean).required(),
                  field("pinned_sha256", Type::string).required(), field("user", Type::string).required()}});
    declare_page(schemas, "Smarthost");
    schemas.add({"SmarthostPut",
                 "How a smarthost is to be used.",
                 {field("host", Type::string).required().length(1, 255).about("A name, or an address in brackets"),
                  field("port", Type::integer).range(1, 65'535).about("587 when left out"),
                  field("tls", Type::string).one_of(tls).about("required when left out"),
                  field("verify", Type::boolean).about("Its certificate, where TLS is required; true when left out"),
                  field("pinned_sha256", Type::string).about("Only this certificate"),
                  field("user", Type::string).about("Empty: no login"),
                  field("password", Type::string).about("Left out: the one it has")}});
}

Operation action(const char* path, const char* id, const char* summary,
                 Result<Response> (*function)(Parts&, const Request&)) {
    return {"POST", path, id, summary, Access::administrator, {}, "QueueSelection", "QueueActionDone", 200, function};
}

}  // namespace

Group queue_group() {
    return {"queue",
            declare_queue,
            {{"GET",
              "/queue",
              "listQueue",
              "Recipients whose mail waits to be sent, oldest first",
              Access::administrator,
              paged(which_fields()),
              {},
              "QueuedRecipientPage",
              200,
              list_queue},
             {"GET",
              "/queue/{id}",
              "showQueuedMail",
              "A mail in the queue",
              Access::administrator,
              {},
              {},
              "QueuedMail",
              200,
              show_queued},
             action("/queue/hold", "holdQueue", "Hold mail: it is not sent until released", act<Action::hold>),
             action("/queue/release", "releaseQueue", "Release held mail", act<Action::release>),
             action("/queue/retry", "retryQueue", "Try now, whatever failed before", act<Action::retry>),
             action("/queue/bounce", "bounceQueue", "Return mail to its senders", act<Action::bounce>),
             action("/queue/delete", "deleteQueue", "Delete mail; nobody is told", act<Action::remove>),
             {"GET",
              "/destinations",
              "listDestinations",
              "Domains that mail waits for",
              Access::administrator,
              paged({}),
              {},
              "DestinationPage",
              200,
              list_destinations},
             {"POST",
              "/destinations/{domain}/pause",
              "pauseDestination",
              "Send nothing to a domain for now",
              Access::administrator,
              {},
              {},
              {},
              204,
              pause<true>},
             {"POST",
              "/destinations/{domain}/resume",
              "resumeDestination",
              "Send to a domain again",
              Access::administrator,
              {},
              {},
              {},
              204,
              pause<false>},
             {"GET",
              "/smarthosts",
              "listSmarthosts",
              "Servers that take our mail for elsewhere",
              Access::administrator,
              paged({}),
              {},
              "SmarthostPage",
              200,
              list_smarthosts},
             {"PUT",
              "/smarthosts/{domain}",
              "putSmarthost",
              "Use a smarthost for a domain; *: for all others",
              Access::administrator,
              {},
              "SmarthostPut",
              "Smarthost",
              200,
              put_smarthost},
             {"DELETE",
              "/smarthosts/{domain}",
              "deleteSmarthost",
              "Use a smarthost no more",
              Access::administrator,
              {},
              {},
              {},
              204,
              delete_smarthost}}};
}

}  // namespace restante::admin
