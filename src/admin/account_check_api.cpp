// S2.48: is this account set up right? One look at everything that has to be, in the order in which a person would ask.
#include <algorithm>

#include "admin/parts.hpp"
#include "admin/resources.hpp"
#include "admin/services.hpp"

namespace restante::admin {
namespace {

struct Finding {
    const char* what;
    enum class State { good, advice, bad } state = State::good;
    std::string detail;
    std::string fix;
};

class AccountCheck {
public:
    AccountCheck(Parts& parts, const directory::Account& account) : parts_(parts), account_(account) {}

    std::vector<Finding> run() {
        check_account();
        check_address();
        check_pop3();
        check_sending();
        check_receiving();
        check_certificates();
        return std::move(findings_);
    }

private:
    void good(const char* what, std::string detail) {
        findings_.push_back({what, Finding::State::good, std::move(detail), ""});
    }
    void advise(const char* what, std::string detail, std::string fix) {
        findings_.push_back({what, Finding::State::advice, std::move(detail), std::move(fix)});
    }
    void bad(const char* what, std::string detail, std::string fix) {
        findings_.push_back({what, Finding::State::bad, std::move(detail), std::move(fix)});
    }

    static std::string value_of(const Service& service, std::string_view property) {
        for (const ServiceProperty& one : service.properties)
            if (one.name == property) return one.value;
        return {};
    }
    static bool has_word(const std::string& list, std::string_view word) {
        const std::string padded = " " + list + " ";
        return padded.find(" " + std::string(word) + " ") != std::string::npos;
    }

    void check_account() {
        const std::string& name = account_.name;
        if (account_.enabled)
            good("login", name + " is enabled; it logs in as " + name + " or " + account_.default_address);
        else
            bad("login", name + " is disabled: nobody can log in, mail is still kept",
                "restante account set " + name + " --enabled true");
        if (account_.app_passwords_only) {
            const auto passwords = parts_.directory.app_passwords(name);
            if (passwords && passwords->empty())
                bad("app passwords", "mail programs must use an app password, and there is none",
                    "restante account app-password add " + name + " PROGRAM");
            else
                good("app passwords", "mail programs must use one of its app passwords");
        }
    }

    void check_address() {
        const auto address = message::Address::parse(account_.default_address);
        const auto route = address ? parts_.directory.route(*address) : Result<directory::Route>(fail(address.error()));
        const bool arrives = route && std::ranges::find(route->accounts, account_.id) != route->accounts.end();
        if (arrives)
            good("address", "mail for " + account_.default_address + " comes into its maildrop");
        else
            bad("address",
                "mail for " + account_.default_address + " does not come into its maildrop" +
                    (route ? "" : ": " + route.error().detail),
                "restante alias show " + account_.default_address);
    }

    /// S2.1 to S2.12, S2.34, S2.35.
    void check_pop3() {
        if (account_.pop3_enabled)
            good("POP3 of the account", "is on");
        else
            bad("POP3 of the account", "is off", "restante account pop3 " + account_.name + " --enabled true");
        const auto service = parts_.services->one("pop3");
        if (!service) return bad("POP3 service", service.error().detail, "");
        check_running("POP3 service", *service);
        check_secure("POP3 logins", *service);
    }

    /// S2.42 to S2.45.
    void check_sending() {
        bool way = false;
        for (const Service& service : parts_.services->all()) {
            if (!service.connector || !has_word(value_of(service, "permissions"), "users")) continue;
            way = way || service.state == "running";
            check_running("sending", service);
            if (service.state != "running") continue;
            check_secure("logins for sending", service);
            if (value_of(service, "pop_before_smtp") == "true")
                advise("POP-before-SMTP", "the connector " + service.name + " takes mail without a login of its own",
                       "restante connector set " + service.name + " pop_before_smtp=false");
        }
        if (!way)
            bad("sending", "no running connector has the permission users: nobody can send",
                "restante connector enable submission");
    }

    void check_receiving() {
        const auto all = parts_.services->all();
        const bool open = std::ranges::any_of(all, [](const Service& service) {
            return service.connector && service.state == "running" &&
                   has_word(value_of(service, "permissions"), "anonymous");
        });
        if (open)
            good("receiving", "a connector takes mail from other servers");
        else
            bad("receiving", "no running connector has the permission anonymous: mail from elsewhere cannot come in",
                "restante connector enable mx");
    }

    void check_running(const char* what, const Service& service) {
        if (service.state == "running" && (!service.bindings.empty()))
            return good(what, service.name + " runs on " + addresses_of(service));
        if (service.state == "running")
            return bad(what, service.name + " runs without an address",
                       "restante service bind " + service.name + " ADDRESS");
        if (service.start == "disabled")
            return bad(what, service.name + " is disabled",
                       (service.connector ? "restante connector enable " : "restante service set ") + service.name +
                           (service.connector ? "" : " start automatic"));
        bad(what, service.name + " is " + service.state + (service.reason.empty() ? "" : ": " + service.reason),
            "restante service start " + service.name);
    }

    static std::string addresses_of(const Service& service) {
        std::string out;
        for (const ServiceBinding& binding : service.bindings)
            for (const std::string& bound : binding.bound)
                out += (out.empty() ? "" : ", ") + bound + (binding.tls ? " (TLS)" : "");
        return out;
    }

    void check_secure(const char* what, const Service& service) {
        const std::string type = value_of(service, "login_type");
        if (type == "PlainTextLogin")
            advise(what, service.name + " takes passwords in clear",
                   "restante service set " + service.name + " login_type SecureLogin");
        else if (!type.empty())
            good(what, service.name + ": " + type);
    }

    void check_certificates() {
        for (const Certificate& certificate : parts_.services->certificates()) {
            if (certificate.used_by.empty()) continue;
            const std::string name = "certificate " + certificate.name;
            if (!certificate.problem.empty())
                bad("certificate", name + ": " + certificate.problem, "restante certificate list");
            else if (certificate.expires_at && *certificate.expires_at < parts_.clock.now())
                bad("certificate", name + " has expired", "restante certificate list");
            else
                good("certificate",
                     name + " is for " + (certificate.host_names.empty() ? "no host" : certificate.host_names.front()));
        }
    }

    Parts& parts_;
    const directory::Account& account_;
    std::vector<Finding> findings_;
};

json::object write_check(const directory::Account& account, const std::vector<Finding>& findings) {
    static constexpr const char* kStates[] = {"good", "advice", "bad"};
    json::array items;
    bool all_good = true;
    for (const Finding& finding : findings) {
        all_good = all_good && finding.state != Finding::State::bad;
        items.push_back(json::object{{"what", finding.what},
                                     {"state", kStates[static_cast<int>(finding.state)]},
                                     {"detail", finding.detail},
                                     {"fix", finding.fix}});
    }
    return {{"account", account.name}, {"good", all_good}, {"findings", std::move(items)}};
}

Result<Response> check_account(Parts& parts, const Request& request) {
    const auto account = own_account(parts, request);
    if (!account) return fail(account.error());
    return Response::of(write_check(*account, AccountCheck(parts, *account).run()));
}

void declare_account_check(Schemas& schemas) {
    schemas.add({"AccountFinding",
                 "One thing that has to be right.",
                 {field("what", Type::string).required(),
                  field("state", Type::string).required().one_of({"good", "advice", "bad"}),
                  field("detail", Type::string).required(),
                  field("fix", Type::string).required().about("The command that helps, or empty")}});
    schemas.add({"AccountCheck",
                 "Is this account set up right?",
                 {field("account", Type::string).required(), field("good", Type::boolean).required(),
                  object_array_field("findings", "AccountFinding").required()}});
}

}  // namespace

Group account_check_group() {
    Operation check{"GET", "/accounts/{name}/check", "checkAccount", "Is this account set up right?"};
    check.response = "AccountCheck";
    check.function = check_account;
    return {"accounts", declare_account_check, {std::move(check)}};
}

}  // namespace restante::admin
