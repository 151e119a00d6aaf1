#pragma once
// The running server's API for commands that make many requests: answers and errors as values, any thread.
#include <boost/json/value.hpp>
#include <string>

#include "admin/client.hpp"
#include "base/result.hpp"

namespace restante::cli {

class ApiClient {
public:
    explicit ApiClient(std::string unix_socket) : socket_(std::move(unix_socket)) {}

    /// target below /api/v1. Errors: unavailable (no server there), busy (409), not_found, else invalid; the detail is
    /// the server's.
    Result<boost::json::value> request(const std::string& method, const std::string& target, const std::string& json = "") const;
    /// The items of all pages of a listing. invalid for an answer that is no listing.
    Result<boost::json::array> items(const std::string& target) const;
    Result<boost::json::value> upload(const std::string& target, const std::string& media_type,
                                      const admin::Client::NextPiece& next) const;
    /// The bytes of a target that is no JSON.
    Result<std::string> download(const std::string& target) const;

private:
    admin::Client client() const;
    const std::string socket_;
};

}  // namespace restante::cli
