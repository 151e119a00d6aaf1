#pragma once
// Which settings of a receive connector go together (S2.45), and what they mean for the SMTP service.
#include <string>

#include "config.hpp"

namespace restante {

/// invalid with one sentence that names what contradicts what.
Result<> check_connector(const Config::SmtpConnector& connector, const mta::Options& limits);

/// limits: those of [smtp], with what was set for this connector. hostname: where the connector gives none.
mta::Options connector_options(const Config& config, const Config::SmtpConnector& connector, const std::string& name,
                               const std::string& hostname);

}  // namespace restante
