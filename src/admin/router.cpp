#include "admin/router.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>
#include <stdexcept>

#include "admin/percent.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {

bool is_parameter(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}
std::string_view parameter_name(std::string_view segment) { return segment.substr(1, segment.size() - 2); }
bool names_id(std::string_view name) { return name == "id" || name.ends_with("_id"); }

/// The decoded path parameters if the path fits the template. An id that is none does not fit: there is no such thing.
std::optional<std::vector<std::pair<std::string, std::string>>> fit(const std::string& form, const std::string& path) {
    const auto forms = split(form, '/');
    const auto parts = split(path, '/');
    if (forms.size() != parts.size()) return std::nullopt;
    std::vector<std::pair<std::string, std::string>> values;
    for (std::size_t i = 0; i < forms.size(); ++i) {
        if (!is_parameter(forms[i])) {
            if (forms[i] != parts[i]) return std::nullopt;
            continue;
        }
        auto value = percent_decode(parts[i]);
        const std::string name(parameter_name(forms[i]));
        if (!value || value->empty()) return std::nullopt;
        if (names_id(name) && check_value(field(name, Type::id), json::value(*value))) return std::nullopt;
        values.emplace_back(name, std::move(*value));
    }
    return values;
}

/// A query parameter's text as the JSON value its declaration asks for.
json::value typed(const Field& f, const std::string& text) {
    if (f.type == Type::integer) {
        const bool negative = text.starts_with('-');
        const auto number = parse_u64(std::string_view(text).substr(negative ? 1 : 0));
        if (number && *number <= INT64_MAX) {
            const auto value = static_cast<std::int64_t>(*number);
            return json::value(negative ? -value : value);
        }
    }
    if (f.type == Type::boolean && (text == "true" || text == "false")) return json::value(text == "true");
    return json::value(text);
}

bool is_type(std::string_view content_type, std::string_view wanted) {
    return iequals(trim(content_type.substr(0, content_type.find(';'))), wanted);
}

}  // namespace

struct Router::Match {
    const Route* route = nullptr;
    std::vector<std::pair<std::string, std::string>> values;
    std::string allowed;  // methods of this path, if the method did not fit
};

Router::Router(Log& log, RouterOptions options) : log_(log), options_(std::move(options)) {}
Router::~Router() = default;

void Router::add(Route route) {
    const std::string what = route.method + " " + route.path;
    if (!!route.handler + !!route.async_handler + !!route.sink_handler != 1)
        throw std::logic_error(what + " needs one handler");
    for (const auto& other : routes_) {
        if (other->operation == route.operation)
            throw std::logic_error("operation " + route.operation + " is declared twice");
        if (other->method == route.method && other->path == route.path)
            throw std::logic_error(what + " is declared twice");
    }
    routes_.push_back(std::make_unique<Route>(std::move(route)));
}

void Router::check_complete() const {
    std::set<std::string> missing;
    for (const std::string& name : schemas_.missing()) missing.insert(name);
    for (const auto& route : routes_)
        for (const std::string& name : {route->request, route->response})
            if (!name.empty() && !is_media_type(name) && !schemas_.find(name)) missing.insert(name);
    if (missing.empty()) return;
    std::string words;
    for (const std::string& name : missing) words += " " + name;
    throw std::logic_error("schemas not declared:" + words);
}

Router::Match Router::match(const Request& request) const {
    const std::string method = request.method == "HEAD" ? "GET" : request.method;
    Match out;
    // A template without parameters wins over one with: /accounts/me over /accounts/{name}.
    for (const auto& route : routes_) {
        auto values = fit(route->path, request.path);
        if (!values) continue;
        if (route->method != method) {
            out.allowed += (out.allowed.empty() ? "" : ", ") + route->method;
        } else if (!out.route || values->size() < out.values.size()) {
            out.route = route.get();
            out.values = std::move(*values);
        }
    }
    return out;
}

std::optional<Response> Router::refuse_early(const Request& request) const {
    const Match found = match(request);
    if (found.route) return std::nullopt;
    if (!found.allowed.empty()) {
        Response out =
            problem(405, "method_not_allowed", request.method + " is not possible here, only " + found.allowed);
        out.headers.emplace_back("Allow", found.allowed);
        return out;
    }
    if (fallback_ && (request.method == "GET" || request.method == "HEAD")) return std::nullopt;
    return problem(404, "not_found", "there is nothing at " + escape_for_log(request.path));
}

bool Router::streams(const Request& request) const {
    const Match found = match(request);
    return found.route && found.route->sink_handler;
}

Result<Principal> Router::authorize(const Route& route, const Request& request) const {
    if (route.access == Access::open) return Principal{};
    if (!authenticator_) return fail(ErrorKind::unauthenticated, "nobody can sign in here");
    auto who = authenticator_(request);
    if (!who) return who;
    if (route.access == Access::administrator && !who->administrator)
        return fail(ErrorKind::denied, "only administrators may do this");
    return who;
}

std::optional<Response> Router::take_query(const Route& route, Request& request) const {
    auto given = parse_query(request.query);
    if (!given) return problem(400, "invalid", "the query is not properly percent-encoded");
    std::vector<FieldFault> faults;
    for (const auto& [name, text] : *given) {
        const Field* declared = nullptr;
        for (const Field& f : route.query)
            if (f.name == name) declared = &f;
        if (!declared) {
            faults.push_back({name, "is not known here"});
        } else if (request.query_value(name)) {
            faults.push_back({name, "is given twice"});
        } else if (auto detail = check_value(*declared, typed(*declared, text))) {
            faults.push_back({name, *detail});
        } else {
            request.query_values.emplace_back(name, text);
        }
    }
    for (const Field& f : route.query)
        if (f.is_required && !request.query_value(f.name)) faults.push_back({f.name, "is required"});
    if (faults.empty()) return std::nullopt;
    return problem(faults);
}

std::optional<Response> Router::take_body(const Route& route, Request& request) const {
    if (route.sink_handler) {
        if (is_type(request.header("Content-Type"), route.media_type)) return std::nullopt;
        return problem(415, "unsupported_media_type", "the body must be " + route.media_type);
    }
    if (route.request.empty()) {
        if (request.body.empty()) return std::nullopt;
        return problem(400, "invalid", "no body is expected here");
    }
    if (request.body.empty() && schemas_.check(route.request, json::object()).empty()) return std::nullopt;
    // Also keeps plain HTML forms of other sites out.
    if (!is_type(request.header("Content-Type"), "application/json"))
        return problem(415, "unsupported_media_type", "the body must be application/json");
    boost::system::error_code failed;
    json::value value = json::parse(request.body, failed);
    if (failed) return problem(400, "invalid", "the body is not proper JSON: " + failed.message());
    const auto faults = schemas_.check(route.request, value);
    if (!faults.empty()) return problem(faults);
    request.json = std::move(value.get_object());
    return std::nullopt;
}

Router::Answer Router::answer(Request& request) const {
    try {
        if (auto refused = refuse_early(request)) return {std::move(*refused), nullptr};
        Match found = match(request);
        if (!found.route) {
            auto page = fallback_(request);
            return {page ? std::move(*page) : problem(page.error()), nullptr};
        }
        const Route& route = *found.route;
        request.route = route.path;
        request.path_values = std::move(found.values);
        auto who = authorize(route, request);
        if (!who) return {finish(route, request, fail(who.error())), nullptr};
        request.principal = std::move(*who);
        if (auto refused = take_query(route, request)) return {std::move(*refused), nullptr};
        if (auto refused = take_body(route, request)) return {std::move(*refused), nullptr};
        if (route.async_handler) return {Response{}, &route};
        if (route.sink_handler) {
            auto sink = route.sink_handler(request);
            if (!sink) return {finish(route, request, fail(std::move(sink.error()))), nullptr};
            return {Response{}, &route, std::move(*sink)};
        }
        return {finish(route, request, route.handler(request)), nullptr};
    } catch (const std::exception& e) {
        log_.error("http.failed", {{"method", request.method}, {"path", request.path}, {"what", e.what()}});
        return {problem(500, "internal", "the server failed to do this; its log has the details"), nullptr};
    }
}

Response Router::finish(const Route& route, const Request& request, Result<Response> outcome) const {
    if (!outcome) {
        const Error& error = outcome.error();
        if (http_status(error.kind) == 500)
            log_.error("http.failed", {{"method", request.method},
                                       {"path", request.path},
                                       {"kind", to_string(error.kind)},
                                       {"what", error.detail}});
        return problem(error);
    }
    Response out = std::move(*outcome);
    if (!out.json) return out;
    if (options_.check_responses && !route.response.empty() && !is_media_type(route.response) && out.status < 300) {
        const auto faults = schemas_.check(route.response, *out.json);
        if (!faults.empty()) {
            const std::string what = faults[0].field + " " + faults[0].detail;
            log_.error("http.response_breaks_schema",
                       {{"operation", route.operation}, {"schema", route.response}, {"what", what}});
            return problem(500, "internal", "the response breaks schema " + route.response + ": " + what);
        }
    }
    out.content_type = "application/json";
    out.body = json::serialize(*out.json);
    return out;
}

}  // namespace restante::admin
