// The description of the API, printed from the tables the API runs on.
#include <boost/json/array.hpp>

#include "admin/router.hpp"
#include "base/text.hpp"

namespace restante::admin {
namespace {

const char* json_type(Type type) {
    switch (type) {
        case Type::integer:
            return "integer";
        case Type::number:
            return "number";
        case Type::boolean:
            return "boolean";
        case Type::object:
            return "object";
        default:
            return "string";
    }
}

void add_text_rules(json::object& out, const Field& f) {
    if (f.type == Type::id) out["pattern"] = "^[1-9][0-9]{0,18}$";
    if (f.type == Type::timestamp) out["format"] = "date-time";
    if (f.type != Type::string) return;
    if (!f.choices.empty()) {
        json::array words;
        for (const std::string& choice : f.choices) words.push_back(json::string(choice));
        out["enum"] = std::move(words);
        return;
    }
    if (f.array) return;
    if (f.min_length > 0) out["minLength"] = f.min_length;
    out["maxLength"] = f.max_length;
}

json::object describe_item(const Field& f) {
    if (f.type == Type::object && !f.ref.empty()) return {{"$ref", "#/components/schemas/" + f.ref}};
    json::object out{{"type", json_type(f.type)}};
    add_text_rules(out, f);
    if (f.type == Type::integer && f.least != INT64_MIN) out["minimum"] = f.least;
    if (f.type == Type::integer && f.most != INT64_MAX) out["maximum"] = f.most;
    return out;
}

json::object describe_schema(const Schema& schema) {
    json::object properties;
    json::array required;
    for (const Field& f : schema.fields) {
        properties[f.name] = describe_field(f);
        if (f.is_required) required.push_back(json::string(f.name));
    }
    json::object out{{"type", "object"},
                     {"description", schema.description},
                     {"properties", std::move(properties)},
                     {"additionalProperties", false}};
    if (!required.empty()) out["required"] = std::move(required);
    return out;
}

json::object content(const std::string& type, const std::string& schema) {
    return {{type, {{"schema", {{"$ref", "#/components/schemas/" + schema}}}}}};
}

json::object plain_content(const std::string& type) {
    if (type == "application/json") return {{type, {{"schema", {{"type", "object"}}}}}};
    return {{type, {{"schema", {{"type", "string"}, {"contentMediaType", type}}}}}};
}

json::array parameters(const Route& route) {
    json::array out;
    for (const std::string_view segment : split(route.path, '/')) {
        if (segment.size() < 3 || segment.front() != '{') continue;
        const std::string name(segment.substr(1, segment.size() - 2));
        const Type type = name == "id" || name.ends_with("_id") ? Type::id : Type::string;
        out.push_back(json::object{
            {"name", name}, {"in", "path"}, {"required", true}, {"schema", describe_field(field(name, type))}});
    }
    for (const Field& f : route.query)
        out.push_back(json::object{{"name", f.name},
                                   {"in", "query"},
                                   {"required", f.is_required},
                                   {"description", f.description},
                                   {"schema", describe_item(f)}});
    return out;
}

json::object responses(const Route& route) {
    json::object out;
    for (const int status : route.success) {
        json::object one{{"description", reason_phrase(status)}};
        if (is_media_type(route.response))
            one["content"] = plain_content(route.response);
        else if (!route.response.empty() && status != 204)
            one["content"] = content("application/json", route.response);
        out[std::to_string(status)] = std::move(one);
    }
    out["default"] = {{"description", "What went wrong"}, {"content", content("application/problem+json", "Problem")}};
    return out;
}

json::object operation(const Route& route) {
    json::object out{{"operationId", route.operation}, {"summary", route.summary}};
    if (!route.tag.empty()) out["tags"] = json::array{json::string(route.tag)};
    if (json::array all = parameters(route); !all.empty()) out["parameters"] = std::move(all);
    if (!route.request.empty())
        out["requestBody"] = {{"required", true}, {"content", content("application/json", route.request)}};
    if (route.sink_handler)
        out["requestBody"] = {
            {"required", true},
            {"content", plain_content(route.media_type)}};
    out["responses"] = responses(route);
    json::array security;
    if (route.access != Access::open) security.push_back(json::object{{"bearer", json::array()}});
    out["security"] = std::move(security);
    return out;
}

json::object problem_schema() {
    Schema error{"ProblemField",
                 "One field that is wrong",
                 {field("field", Type::string).required(), field("detail", Type::string).required()}};
    json::object out =
        describe_schema({"Problem",
                         "An error (RFC 9457)",
                         {field("type", Type::string).required().about("urn:restante:problem:KIND"),
                          field("title", Type::string).required(), field("status", Type::integer).required(),
                          field("detail", Type::string).required()}});
    out["properties"].as_object()["errors"] = {{"type", "array"}, {"items", describe_schema(error)}};
    return out;
}

}  // namespace

json::object describe_field(const Field& f) {
    json::object out = describe_item(f);
    if (f.array) {
        out = {{"type", "array"}, {"items", std::move(out)}, {"maxItems", f.max_length}};
        if (f.min_length > 0) out["minItems"] = f.min_length;
    }
    if (f.is_nullable) {
        // JSON Schema 2020-12, which OpenAPI 3.1 uses, has no "nullable".
        if (out.contains("type") && !out.contains("enum"))
            out["type"] = json::array{out["type"], "null"};
        else
            out = {{"anyOf", json::array{std::move(out), json::object{{"type", "null"}}}}};
    }
    if (!f.description.empty()) out["description"] = f.description;
    return out;
}

json::object Schemas::describe() const {
    json::object out;
    for (const auto& [name, schema] : schemas_) out[name] = describe_schema(schema);
    return out;
}

json::object Router::openapi() const {
    json::object paths;
    for (const auto& route : routes_) {
        json::value& path = paths[route->path];
        if (!path.is_object()) path = json::object();
        path.as_object()[to_lower(route->method)] = operation(*route);
    }
    json::object all = schemas_.describe();
    all["Problem"] = problem_schema();
    return {
        {"openapi", "3.1.0"},
        {"info", {{"title", options_.title}, {"version", options_.version}}},
        {"paths", std::move(paths)},
        {"components",
         {{"schemas", std::move(all)}, {"securitySchemes", {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

}  // namespace restante::admin
