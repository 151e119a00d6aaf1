#pragma once
// A service and its properties as JSON: schemas Service and ServiceProperty.
#include "admin/resources.hpp"
#include "admin/services.hpp"

namespace restante::admin {

json::object write_property(const ServiceProperty& property);
json::object write_service(const Service& service);

}  // namespace restante::admin
