#pragma once
// Whose domain a message says it is from. Pure.
#include "mailauth/dmarc.hpp"
#include "mailauth/header_fields.hpp"

namespace restante::mailauth {

AuthorDomains author_domains(const HeaderFields& header);

}  // namespace restante::mailauth
