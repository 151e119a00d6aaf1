#pragma once
// What the catalogue of services needs of a service, whichever module it is of.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "config.hpp"
#include "net/listener.hpp"

namespace restante {

/// Thread-safe; start(), apply() and settle() block for a moment.
class ServiceAgent {
public:
    virtual ~ServiceAgent() = default;
    /// What the configuration says of the service holds from now on; on an error nothing has changed.
    virtual Result<> apply(const Config& config) = 0;
    virtual Result<> start() = 0;
    virtual void stop() = 0;
    virtual std::size_t left() const = 0;
    virtual void cut() = 0;
    virtual void settle() = 0;
    virtual std::size_t connections() const = 0;
    virtual std::vector<net::Binding> bindings() const = 0;
};

/// For a class with these functions of its own, and an apply() of options made from the configuration, if that makes sense.
template <class Service, class Options>
class AgentOf final : public ServiceAgent {
public:
    AgentOf(Service& service, std::function<Result<Options>(const Config&)> options) : service_(service), options_(std::move(options)) {}
    Result<> apply(const Config& config) override {
        auto options = options_(config);
        if (!options) return fail(std::move(options.error()));
        return service_.apply(std::move(*options));
    }
    Result<> start() override { return service_.start(); }
    void stop() override { service_.stop(); }
    std::size_t left() const override { return service_.left(); }
    void cut() override { service_.cut(); }
    void settle() override { service_.settle(); }
    std::size_t connections() const override { return service_.connections(); }
    std::vector<net::Binding> bindings() const override { return service_.bindings(); }

private:
    Service& service_;
    const std::function<Result<Options>(const Config&)> options_;
};

}  // namespace restante
