#pragma once
// The command line's way to the running server: the API on the unix socket in the data directory.
#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api_command.hpp"

namespace restante::cli {

class ApiSession {
public:
    explicit ApiSession(Context& context) : context_(context) {}

    /// target below /api/v1. nullopt after an error, which has been told to the person (with --json: as problem
    /// document on standard output) and put into exit_code; null for an answer without content.
    std::optional<boost::json::value> request(const std::string& method, const std::string& target, const std::string& body = "");
    /// What people call a member of what is sent ("accounts[3].name" -> "line 5, name"), in errors told from here on.
    void name_fields(std::function<std::string(const std::string&)> naming) { naming_ = std::move(naming); }
    /// All pages of a listing as one {"items": [...]}.
    std::optional<boost::json::value> all_pages(const std::string& target);

    /// As JSON with --json, else as a table (a page) or as "heading: value" lines (an object).
    void show(const boost::json::value& answer, const std::vector<Column>& columns) const;

private:
    void complain(const std::string& body);
    Context& context_;
    std::function<std::string(const std::string&)> naming_;
};

}  // namespace restante::cli
