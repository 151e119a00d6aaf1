#pragma once
// The sections of the configuration table that belong to modules, one function each.
#include "config_table.hpp"

namespace restante::config_table {

/// Keys that several services have, of one of them.
ConfigKey start_key(Config::Service& (*service)(Config&));
ConfigKey login_type_key(Config::Service& (*service)(Config&));
ConfigKey extended_protection_key(Config::Service& (*service)(Config&));
ConfigKey certificate_key(Config::Service& (*service)(Config&));
ConfigKey published_key(Config::Service& (*service)(Config&));

ConfigSection smtp();
ConfigSection smtp_mx();
ConfigSection smtp_submission();
ConfigSection mailauth();
ConfigSection dkim();
ConfigSection filter();
ConfigSection smtp_connector();
ConfigSection pop3();
ConfigSection login();
ConfigSection guessing();
ConfigSection delivery();
ConfigSection dns();
ConfigSection relay();
ConfigSection directory();
ConfigSection store();
ConfigSection admin();
ConfigSection work();
ConfigSection reply();
ConfigSection fetch();
ConfigSection moving();
ConfigSection probe();

}  // namespace restante::config_table
