#pragma once
// A service as JSON: schema Service.
#include "admin/resources.hpp"
#include "admin/services.hpp"

namespace restante::admin {

json::object write_service(const Service& service);

}  // namespace restante::admin
