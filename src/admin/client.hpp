#pragma once
// A small blocking HTTP client for the command line: one request, one connection.
#include <chrono>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "net/address.hpp"

namespace restante::admin {

struct Reply {
    int status = 0;
    std::string content_type;
    std::string body;
};

struct ClientOptions {
    std::chrono::seconds timeout{60};           // for each read and write
    std::size_t body_limit = 64 * 1024 * 1024;  // bytes of a reply
    std::string token{};                        // sent as "Authorization: Bearer", if not empty
};

class Client {
public:
    /// where: a unix socket or an IP address with port.
    explicit Client(net::Address where, ClientOptions options = {})
        : where_(std::move(where)), options_(std::move(options)) {}

    /// target: "/api/v1/accounts?limit=10", percent-encoded. json: the body, or empty for none. unavailable: nobody
    /// listens there; timeout; protocol: not HTTP. Every status is a Reply.
    Result<Reply> request(const std::string& method, const std::string& target, const std::string& json = "") const;

    /// A body of any size: `next` gives it piece by piece and at its end an empty one. It is not asked further once the
    /// server has answered, or after an error of its own, which is then the result.
    using NextPiece = std::function<Result<std::string>()>;
    Result<Reply> upload(const std::string& target, const std::string& media_type, const NextPiece& next) const;

private:
    net::Address where_;
    ClientOptions options_;
};

}  // namespace restante::admin
