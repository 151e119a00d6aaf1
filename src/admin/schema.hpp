#pragma once
// Shapes of JSON objects: declared once, used to check requests, to hold responses against, and to print OpenAPI.
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace restante::admin {

namespace json = boost::json;

enum class Type {
    string,
    integer,  // fits 64 bits; keep it below 2^53, JavaScript has no more
    number,
    boolean,
    id,         // a 64-bit id as a string of digits, because JavaScript would round the number
    timestamp,  // "2026-11-21T22:03:45.123456Z"
    object,     // of another schema (ref), or any object if ref is empty
};

/// One member of an object. Built by chaining: field("name", Type::string).required().length(1, 64).about("...").
struct Field {
    std::string name;
    Type type = Type::string;
    bool array = false;
    bool is_required = false;
    bool is_nullable = false;
    std::string ref{};                   // schema of type object
    std::vector<std::string> choices{};  // the strings allowed
    std::size_t min_length = 0;          // bytes of a string, or items of an array
    std::size_t max_length = 4096;
    std::int64_t least = INT64_MIN;  // of an integer
    std::int64_t most = INT64_MAX;
    std::string description{};

    Field required() && { return is_required = true, std::move(*this); }
    Field nullable() && { return is_nullable = true, std::move(*this); }
    Field length(std::size_t min, std::size_t max) && { return min_length = min, max_length = max, std::move(*this); }
    Field range(std::int64_t min, std::int64_t max) && { return least = min, most = max, std::move(*this); }
    Field one_of(std::vector<std::string> words) && { return choices = std::move(words), std::move(*this); }
    Field about(std::string words) && { return description = std::move(words), std::move(*this); }
};

Field field(std::string name, Type type);
Field object_field(std::string name, std::string schema);
/// At most 1,000 items unless length() says otherwise.
Field array_field(std::string name, Type type);
Field object_array_field(std::string name, std::string schema);

struct Schema {
    std::string name;  // "AccountCreate"
    std::string description;
    std::vector<Field> fields;
};

/// What is wrong, and where: "name", "members[2].address".
struct FieldFault {
    std::string field;
    std::string detail;
};

class Schemas {
public:
    /// Throws std::logic_error for a name declared twice.
    void add(Schema schema);
    const Schema* find(std::string_view name) const;
    /// Every fault found, at most 20; none: it conforms. Unknown members are faults. Throws std::logic_error for an
    /// unknown schema.
    std::vector<FieldFault> check(std::string_view schema, const json::value& value) const;
    /// OpenAPI's components.schemas.
    json::object describe() const;
    /// The names of object_field and object_array_field that are not declared.
    std::vector<std::string> missing() const;

private:
    std::map<std::string, Schema, std::less<>> schemas_;
};

/// For one value, as of a query parameter.
json::object describe_field(const Field& field);
std::optional<std::string> check_value(const Field& field, const json::value& value);

// Access to members of an object that was checked. A member that is absent or null gives nullopt.
std::optional<std::string> get_string(const json::object& o, std::string_view name);
std::optional<std::int64_t> get_integer(const json::object& o, std::string_view name);
std::optional<bool> get_boolean(const json::object& o, std::string_view name);
std::optional<std::int64_t> get_id(const json::object& o, std::string_view name);
/// The JSON form of an id.
json::string id_json(std::int64_t id);

}  // namespace restante::admin
