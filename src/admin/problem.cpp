#include "admin/problem.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace restante::admin {
namespace {

Response as_problem(int status, json::object members) {
    Response out;
    out.status = status;
    out.content_type = "application/problem+json";
    out.body = json::serialize(members);
    return out;
}

json::object members_of(int status, const std::string& kind, const std::string& detail) {
    return {{"type", "urn:restante:problem:" + kind},
            {"title", reason_phrase(status)},
            {"status", status},
            {"detail", detail}};
}

}  // namespace

int http_status(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::invalid:
            return 400;
        case ErrorKind::unauthenticated:
            return 401;
        case ErrorKind::denied:
            return 403;
        case ErrorKind::not_found:
            return 404;
        case ErrorKind::already_exists:
        case ErrorKind::busy:
        case ErrorKind::over_quota:
            return 409;
        case ErrorKind::too_large:
            return 413;
        case ErrorKind::unsupported:
            return 501;
        case ErrorKind::protocol:
        case ErrorKind::tls:
            return 502;
        case ErrorKind::cancelled:
        case ErrorKind::unavailable:
            return 503;
        case ErrorKind::timeout:
            return 504;
        case ErrorKind::no_space:
            return 507;
        case ErrorKind::io:
        case ErrorKind::corrupt:
        case ErrorKind::newer_version:
        case ErrorKind::internal:
            return 500;
    }
    return 500;
}

std::string reason_phrase(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        case 507:
            return "Insufficient Storage";
        default:
            return "Status " + std::to_string(status);
    }
}

Response problem(const Error& error) {
    const int status = http_status(error.kind);
    const bool hide = status == 500;
    Response out = problem(status, to_string(error.kind),
                           hide ? "the server failed to do this; its log has the details" : error.detail);
    if (error.kind == ErrorKind::unauthenticated)
        out.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"restante\"");
    if (error.kind == ErrorKind::unavailable || error.kind == ErrorKind::cancelled)
        out.headers.emplace_back("Retry-After", "5");
    return out;
}

Response problem(int status, const std::string& kind, const std::string& detail) {
    return as_problem(status, members_of(status, kind, detail));
}

Response problem(const std::vector<FieldFault>& faults) {
    json::array errors;
    for (const FieldFault& fault : faults)
        errors.push_back(json::object{{"field", fault.field}, {"detail", fault.detail}});
    const std::string detail = faults.empty() ? "the request is not valid" : faults[0].field + " " + faults[0].detail;
    json::object members = members_of(400, "invalid", detail);
    members["errors"] = std::move(errors);
    return as_problem(400, std::move(members));
}

Response field_problem(const std::string& field, const std::string& detail) {
    return problem(std::vector<FieldFault>{{field, detail}});
}

}  // namespace restante::admin
