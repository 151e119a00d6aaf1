#include "api_client.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "admin/percent.hpp"

namespace restante::cli {
namespace {
namespace json = boost::json;
constexpr std::chrono::hours kLongestAnswer{4};
constexpr std::size_t kLongestBody = std::size_t{2} << 30;  // a message comes in one piece

std::string member(const json::value& object, const char* name) {
    const json::value* found = object.is_object() ? object.as_object().if_contains(name) : nullptr;
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : "";
}

ErrorKind kind_of(int status) {
    switch (status) {
        case 401:
            return ErrorKind::unauthenticated;
        case 403:
            return ErrorKind::denied;
        case 404:
            return ErrorKind::not_found;
        case 409:
            return ErrorKind::busy;
        case 507:
            return ErrorKind::no_space;
        default:
            return status >= 500 ? ErrorKind::unavailable : ErrorKind::invalid;
    }
}

Result<admin::Reply> checked(Result<admin::Reply> reply) {
    if (!reply || reply->status < 400) return reply;
    boost::system::error_code code;
    const std::string detail = member(json::parse(reply->body, code), "detail");
    return fail(kind_of(reply->status), detail.empty() ? "the server answered " + std::to_string(reply->status) : detail);
}

Result<json::value> as_json(Result<admin::Reply> reply) {
    auto good = checked(std::move(reply));
    if (!good) return fail(std::move(good.error()));
    if (good->body.empty()) return json::value(nullptr);
    boost::system::error_code code;
    json::value value = json::parse(good->body, code);
    if (code) return fail(ErrorKind::protocol, "the server's answer is not JSON");
    return value;
}
}  // namespace

admin::Client ApiClient::client() const {
    admin::ClientOptions options;
    options.timeout = kLongestAnswer;
    options.body_limit = kLongestBody;
    return admin::Client(net::Address::unix_socket(socket_), options);
}

Result<json::value> ApiClient::request(const std::string& method, const std::string& target, const std::string& json) const {
    return as_json(client().request(method, "/api/v1" + target, json));
}

Result<json::array> ApiClient::items(const std::string& target) const {
    json::array out;
    std::string after;
    do {
        std::string page = target + (target.find('?') == std::string::npos ? "?" : "&") + "limit=200";
        if (!after.empty()) page += "&after=" + admin::percent_encode(after);
        auto answer = request("GET", page);
        if (!answer) return fail(std::move(answer.error()));
        const json::value* items = answer->is_object() ? answer->as_object().if_contains("items") : nullptr;
        if (items == nullptr || !items->is_array()) return fail(ErrorKind::invalid, "the server's answer is no listing");
        for (const json::value& item : items->as_array()) out.push_back(item);
        after = member(*answer, "next");
    } while (!after.empty());
    return out;
}

Result<json::value> ApiClient::upload(const std::string& target, const std::string& media_type,
                                      const admin::Client::NextPiece& next) const {
    return as_json(client().upload("/api/v1" + target, media_type, next));
}

Result<std::string> ApiClient::download(const std::string& target) const {
    auto reply = checked(client().request("GET", "/api/v1" + target));
    if (!reply) return fail(std::move(reply.error()));
    return std::move(reply->body);
}

}  // namespace restante::cli
