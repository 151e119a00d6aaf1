#pragma once
// What every server answers, whatever it is for: liveness, readiness, metrics, its own description.
#include <functional>
#include <string>
#include <vector>

#include "admin/router.hpp"
#include "base/metrics.hpp"

namespace restante::admin {

struct ReadyCheck {
    std::string name;  // "store"
    std::function<Result<>()> check;
};

/// GET /livez (200 while the process answers), /readyz (503 naming the checks that fail), /metrics (Prometheus text),
/// /api/v1/openapi.json. All open: bind the listener where only those reach it who may read metrics, or pass
/// metrics_access. The objects outlive the router.
void add_framework_routes(Router& router, const Metrics& metrics, std::vector<ReadyCheck> checks,
                          Access metrics_access = Access::open);

}  // namespace restante::admin
