// Keys that several services have.
#include "base/text.hpp"
#include "config_binding.hpp"
#include "config_sections.hpp"

namespace restante::config_table {
using namespace config_binding;
namespace {

/// Of `Field Config::Service::*`, from wherever the service's part of the configuration lies.
template <class Field>
ConfigKey of_service(const char* name, ConfigKind kind, const char* description, Config::Service& (*service)(Config&),
                     Field Config::Service::*field) {
    ConfigKey key{name, kind, description, 0, INT64_MAX, {}, {}, {}};
    key.get = [service, field](const Config& config) -> ConfigValue { return service(const_cast<Config&>(config)).*field; };
    key.set = [service, field](Config& config, const ConfigValue& value) { service(config).*field = std::get<Field>(value); };
    return key;
}

/// "mail.example.org:995:SSL"
Result<> check_published(const std::string& entry) {
    const auto parts = split(entry, ':');
    const bool three = parts.size() == 3 && !parts[0].empty() && (parts[2] == "SSL" || parts[2] == "TLS");
    const auto port = three ? parse_u64(parts[1]) : std::nullopt;
    if (port && *port >= 1 && *port <= 65535) return {};
    return fail(ErrorKind::invalid, "\"" + escape_for_log(entry, 80) +
                                        "\" is not a setting for users; write host:port:SSL (TLS from the first octet) or "
                                        "host:port:TLS (STLS, STARTTLS)");
}

}  // namespace

ConfigKey start_key(Config::Service& (*service)(Config&)) {
    ConfigKey key = of_service("start", ConfigKind::choice,
                               "`automatic`: with the server; `manual`: by an administrator; `disabled`: cannot be started.", service,
                               &Config::Service::start);
    key.choices = {"automatic", "manual", "disabled"};
    return key;
}

ConfigKey login_type_key(Config::Service& (*service)(Config&)) {
    ConfigKey key = of_service("login_type", ConfigKind::choice,
                               "Before TLS: `SecureLogin`: no login at all; `PlainTextAuthentication`: only mechanisms that do not show "
                               "the password; `PlainTextLogin`: passwords in clear.",
                               service, &Config::Service::login_type);
    key.choices = {"PlainTextLogin", "PlainTextAuthentication", "SecureLogin"};
    return key;
}

ConfigKey extended_protection_key(Config::Service& (*service)(Config&)) {
    ConfigKey key = of_service("extended_protection", ConfigKind::choice,
                               "Logins bound to their TLS connection (channel binding): `none`: are not offered; `allow`: beside the "
                               "others; `require`: nothing else is, so only SCRAM with -PLUS logs in.",
                               service, &Config::Service::extended_protection);
    key.choices = login::protections();
    return key;
}

ConfigKey certificate_key(Config::Service& (*service)(Config&)) {
    return of_service("certificate", ConfigKind::text,
                      "Shown to clients that ask for no other by name: a certificate's name or a host name it is for; empty: that of [tls].",
                      service, &Config::Service::certificate);
}

ConfigKey published_key(Config::Service& (*service)(Config&)) {
    ConfigKey key = of_service("published", ConfigKind::words,
                               "Settings shown to users, `host:port:SSL` or `host:port:TLS`; empty: host name and ports bound.", service,
                               &Config::Service::published);
    key.check_entry = check_published;
    return key;
}

}  // namespace restante::config_table
