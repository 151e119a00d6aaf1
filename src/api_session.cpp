#include "api_session.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "admin/client.hpp"
#include "admin/percent.hpp"
#include "base/text.hpp"
#include "json_text.hpp"
#include "paths.hpp"
#include "table.hpp"

namespace restante::cli {
namespace {
namespace json = boost::json;
constexpr std::chrono::hours kLongestApiAnswer{4};  // a check or a backup of a large store

std::string text_of(const json::value& value) {
    if (value.is_null()) return "";
    if (value.is_string()) return std::string(value.as_string());
    if (value.is_bool()) return value.as_bool() ? "yes" : "no";
    if (value.is_double()) return fmt::format("{:.3g}", value.as_double());
    if (!value.is_array()) return json::serialize(value);
    std::string out;
    for (const json::value& item : value.as_array()) out += (out.empty() ? "" : " ") + text_of(item);
    return out;
}

std::string cell_text(const json::value& row, const std::string& member) {
    const json::value* at = &row;
    for (const std::string_view name : split(member, '.')) {
        if (!at->is_object()) return "";
        at = at->as_object().if_contains(name);
        if (at == nullptr) return "";
    }
    return text_of(*at);
}

std::string member_text(const json::value& object, const char* name) {
    const json::value* found = object.is_object() ? object.as_object().if_contains(name) : nullptr;
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : "";
}
}  // namespace

void ApiSession::complain(const std::string& body) {
    context_.exit_code = kFailed;
    if (context_.json) return fmt::print("{}\n", body);
    boost::system::error_code code;
    const json::value problem = json::parse(body, code);
    const std::string detail = member_text(problem, "detail");
    const json::value* errors = problem.is_object() ? problem.as_object().if_contains("errors") : nullptr;
    const bool list = errors != nullptr && errors->is_array();
    // The detail repeats the first of the errors, in the program's names.
    const bool one = list && errors->as_array().size() == 1;
    if (!list || (one && !naming_)) fmt::print(stderr, "restante: {}\n", escape_for_log(detail.empty() ? body : detail, 2000));
    if (!list || (one && !naming_)) return;
    if (!naming_) fmt::print(stderr, "restante: this is wrong:\n");
    for (const json::value& error : errors->as_array()) {
        const std::string field = member_text(error, "field");
        fmt::print(stderr, "  {}: {}\n", escape_for_log(naming_ ? naming_(field) : field), escape_for_log(member_text(error, "detail"), 2000));
    }
}

std::optional<json::value> ApiSession::request(const std::string& method, const std::string& target, const std::string& body) {
    const auto config = load_config_or_complain(context_);
    if (!config) return std::nullopt;
    const std::string socket = Paths(*config).unix_socket;
    admin::ClientOptions options;
    options.timeout = kLongestApiAnswer;
    const auto reply = admin::Client(net::Address::unix_socket(socket), options).request(method, "/api/v1" + target, body);
    if (!reply) {
        context_.exit_code = kUnavailable;
        const std::string told = "the server does not answer: " + reply.error().detail;
        if (context_.json)
            fmt::print("{{\"type\":\"urn:restante:problem:unavailable\",\"detail\":{}}}\n", json_text(told));
        else
            fmt::print(stderr, "restante: {}\n", told);
        return std::nullopt;
    }
    if (reply->status >= 400) {
        complain(reply->body);
        return std::nullopt;
    }
    if (reply->body.empty()) return json::value(nullptr);
    boost::system::error_code code;
    json::value answer = json::parse(reply->body, code);
    if (code) return json::value(reply->body);
    return answer;
}

std::optional<json::value> ApiSession::all_pages(const std::string& target) {
    json::array items;
    std::string after;
    do {
        std::string page = target;  // what is no listing takes no parameters
        if (!after.empty())
            page += (target.find('?') == std::string::npos ? "?" : "&") + ("limit=200&after=" + admin::percent_encode(after));
        const auto answer = request("GET", page);
        if (!answer) return std::nullopt;
        if (!answer->is_object() || !answer->as_object().contains("items")) return answer;
        for (const json::value& item : answer->as_object().at("items").as_array()) items.push_back(item);
        after = member_text(*answer, "next");
    } while (!after.empty());
    return json::object{{"items", std::move(items)}};
}

void ApiSession::show(const json::value& answer, const std::vector<Column>& columns) const {
    if (context_.json) return fmt::print("{}\n", json::serialize(answer));
    if (answer.is_string()) return fmt::print("{}", std::string_view(answer.as_string()));
    if (!answer.is_object()) return;
    const json::value* items = answer.as_object().if_contains("items");
    if (items == nullptr) {
        std::size_t width = 0;
        for (const Column& column : columns) width = std::max(width, column.heading.size());
        for (const Column& column : columns) {
            std::string heading = column.heading;
            const std::string text = cell_text(answer, column.member);
            for (const std::string_view line : split(text, '\n')) {
                fmt::print("{:<{}}  {}\n", heading, width, escape_for_log(line, 100'000));
                heading.clear();
            }
        }
        return;
    }
    std::vector<std::string> headings;
    for (const Column& column : columns) headings.push_back(column.heading);
    TextTable table(headings);
    for (const json::value& row : items->as_array()) {
        std::vector<std::string> cells;
        for (const Column& column : columns) cells.push_back(cell_text(row, column.member));
        table.add(std::move(cells));
    }
    fmt::print("{}", table.to_string());
}

}  // namespace restante::cli
