#include "admin/http_message.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/text.hpp"

namespace restante::admin {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

const std::string* find(const Pairs& pairs, std::string_view name) {
    const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == name; });
    return found == pairs.end() ? nullptr : &found->second;
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (iequals(key, name)) return value;
    return {};
}

std::string_view Request::bearer() const {
    const std::string_view value = header("Authorization");
    return istarts_with(value, "Bearer ") ? trim(value.substr(7)) : std::string_view();
}

std::string_view Request::cookie(std::string_view name) const {
    for (const std::string_view part : split(header("Cookie"), ';')) {
        const std::string_view pair = trim(part);
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
    }
    return {};
}

const std::string& Request::path_value(std::string_view name) const {
    const std::string* value = find(path_values, name);
    if (!value) throw std::logic_error("route " + route + " has no parameter " + std::string(name));
    return *value;
}

std::int64_t Request::path_id(std::string_view name) const {
    const auto number = parse_u64(path_value(name));
    if (!number) throw std::logic_error("parameter " + std::string(name) + " of " + route + " is not an id");
    return static_cast<std::int64_t>(*number);
}

std::optional<std::string> Request::query_value(std::string_view name) const {
    const std::string* value = find(query_values, name);
    return value ? std::optional(*value) : std::nullopt;
}

std::optional<std::int64_t> Request::query_integer(std::string_view name) const {
    const std::string* value = find(query_values, name);
    if (!value) return std::nullopt;
    const bool negative = value->starts_with('-');
    const auto number = parse_u64(std::string_view(*value).substr(negative ? 1 : 0));
    if (!number) return std::nullopt;
    return negative ? -static_cast<std::int64_t>(*number) : static_cast<std::int64_t>(*number);
}

Response Response::of(json::value value, int status) {
    Response out;
    out.status = status;
    out.json = std::move(value);
    return out;
}

Response Response::text(std::string words, std::string content_type) {
    Response out;
    out.content_type = std::move(content_type);
    out.body = std::move(words);
    return out;
}

Response Response::no_content() {
    Response out;
    out.status = 204;
    return out;
}

}  // namespace restante::admin
