#pragma once
// A request and a response as handlers see them.
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "net/address.hpp"

namespace restante::admin {

namespace json = boost::json;

/// Who asks, as the Authenticator found out.
struct Principal {
    std::int64_t tenant = 0;   // 0: nobody, or an administrator of the server itself (unix socket, its tokens)
    std::string name{};        // for logs and audit: "bob", "local:1000"
    bool administrator = false;
    std::int64_t session = 0;  // id of the session or token used, 0 if none
};

/// Who may use a route.
enum class Access {
    open,           // anyone, without credentials
    authenticated,  // any principal
    administrator,  // Principal::administrator
};

struct Request {
    std::string method{};  // "GET"
    std::string path{};    // "/api/v1/accounts/12", still percent-encoded
    std::string query{};   // behind '?', or empty
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    net::Address peer{};
    bool tls = false;
    std::optional<unsigned> unix_user{};  // uid of the process at the other end of a unix socket (SO_PEERCRED)

    // Filled in by the router before the handler runs:
    std::string route{};                                              // the path template
    std::vector<std::pair<std::string, std::string>> path_values{};   // decoded
    std::vector<std::pair<std::string, std::string>> query_values{};  // decoded, only declared ones
    json::object json{};  // the body, checked against the route's request schema
    Principal principal{};

    /// Case-insensitive; empty if absent.
    std::string_view header(std::string_view name) const;
    /// The token of "Authorization: Bearer x", or empty.
    std::string_view bearer() const;
    /// The value of a cookie, or empty.
    std::string_view cookie(std::string_view name) const;
    /// Throws std::logic_error if the template has no such parameter.
    const std::string& path_value(std::string_view name) const;
    /// A path parameter the router has checked to be an id ("{id}", "{..._id}").
    std::int64_t path_id(std::string_view name) const;
    std::optional<std::string> query_value(std::string_view name) const;
    std::optional<std::int64_t> query_integer(std::string_view name) const;
};

struct Response {
    int status = 200;
    std::string content_type{};  // empty: no body
    std::string body{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::optional<json::value> json{};  // if set, it is the body, and is checked against the route's response schema

    static Response of(json::value value, int status = 200);
    static Response text(std::string words, std::string content_type = "text/plain; charset=utf-8");
    static Response no_content();
};

}  // namespace restante::admin
