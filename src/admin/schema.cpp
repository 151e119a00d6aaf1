#include "admin/schema.hpp"

#include <boost/json/array.hpp>
#include <stdexcept>

#include "base/text.hpp"

namespace restante::admin {
namespace {

constexpr std::size_t kMostFaults = 20;
constexpr std::size_t kMostItems = 1000;
constexpr int kDeepest = 16;  // objects within objects

bool is_id(std::string_view text) {
    const auto number = parse_u64(text);
    return number && *number > 0 && *number <= INT64_MAX && text[0] != '0';
}

bool is_timestamp(std::string_view t) {
    static constexpr std::string_view kForm = "0000-00-00T00:00:00";
    if (t.size() < kForm.size() + 1 || t.size() > 30 || t.back() != 'Z') return false;
    for (std::size_t i = 0; i < t.size() - 1; ++i) {
        const char form = i < kForm.size() ? kForm[i] : i == kForm.size() ? '.' : '0';
        if (form == '0' ? t[i] < '0' || t[i] > '9' : t[i] != form) return false;
    }
    return t[t.size() - 2] != '.';
}

std::optional<std::string> check_text(const Field& f, std::string_view text) {
    if (text.size() < f.min_length)
        return f.min_length == 1 ? "must not be empty"
                                 : "must have at least " + std::to_string(f.min_length) + " bytes";
    if (text.size() > f.max_length) return "must have at most " + std::to_string(f.max_length) + " bytes";
    if (!f.choices.empty()) {
        std::string words;
        for (const std::string& choice : f.choices) {
            if (choice == text) return std::nullopt;
            words += (words.empty() ? "" : ", ") + choice;
        }
        return "must be one of: " + words;
    }
    return std::nullopt;
}

std::optional<std::string> check_integer(const Field& f, const json::value& v) {
    // The parser uses uint64 only for what an int64 cannot hold; counters of ours may be small ones.
    if (v.is_uint64() && v.get_uint64() > static_cast<std::uint64_t>(INT64_MAX)) return "is too large";
    if (!v.is_int64() && !v.is_uint64()) return "must be a whole number";
    const auto number = v.to_number<std::int64_t>();
    if (number < f.least) return "must be at least " + std::to_string(f.least);
    if (number > f.most) return "must be at most " + std::to_string(f.most);
    return std::nullopt;
}

std::string join(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }

class Checker {
public:
    explicit Checker(const Schemas& schemas) : schemas_(schemas) {}

    void check(const Schema& schema, const json::value& value, const std::string& path, int depth) {
        if (!value.is_object()) return fault(path.empty() ? "(body)" : path, "must be an object");
        if (depth > kDeepest) return fault(path, "is nested too deeply");
        const json::object& object = value.get_object();
        for (const Field& f : schema.fields) {
            const json::value* member = object.if_contains(f.name);
            if (!member) {
                if (f.is_required) fault(join(path, f.name), "is required");
            } else {
                check_member(f, *member, join(path, f.name), depth);
            }
        }
        for (const auto& member : object)
            if (!knows(schema, member.key())) fault(join(path, std::string(member.key())), "is not known here");
    }

    std::vector<FieldFault> faults;

private:
    static bool knows(const Schema& schema, std::string_view name) {
        for (const Field& f : schema.fields)
            if (f.name == name) return true;
        return false;
    }
    void fault(const std::string& path, std::string detail) {
        if (faults.size() < kMostFaults) faults.push_back({path, std::move(detail)});
    }
    void check_member(const Field& f, const json::value& v, const std::string& path, int depth) {
        if (v.is_null() && f.is_nullable) return;
        if (!f.array) return check_item(f, v, path, depth);
        if (!v.is_array()) return fault(path, "must be an array");
        const json::array& items = v.get_array();
        if (items.size() < f.min_length)
            return fault(path, "must have at least " + std::to_string(f.min_length) + " items");
        if (items.size() > f.max_length)
            return fault(path, "must have at most " + std::to_string(f.max_length) + " items");
        Field item = f;
        item.min_length = 0;
        item.max_length = Field().max_length;
        for (std::size_t i = 0; i < items.size() && faults.size() < kMostFaults; ++i)
            check_item(item, items[i], path + "[" + std::to_string(i) + "]", depth);
    }
    void check_item(const Field& f, const json::value& v, const std::string& path, int depth) {
        if (f.type != Type::object) {
            if (auto detail = check_value(f, v)) fault(path, std::move(*detail));
        } else if (f.ref.empty()) {
            if (!v.is_object()) fault(path, "must be an object");
        } else {
            const Schema* inner = schemas_.find(f.ref);
            if (!inner) throw std::logic_error("schema " + f.ref + " is not declared");
            check(*inner, v, path, depth + 1);
        }
    }

    const Schemas& schemas_;
};

}  // namespace

Field field(std::string name, Type type) {
    Field f;
    f.name = std::move(name);
    f.type = type;
    return f;
}

Field object_field(std::string name, std::string schema) {
    Field f = field(std::move(name), Type::object);
    f.ref = std::move(schema);
    return f;
}

Field array_field(std::string name, Type type) {
    Field f = field(std::move(name), type);
    f.array = true;
    f.max_length = kMostItems;
    return f;
}

Field object_array_field(std::string name, std::string schema) {
    Field f = array_field(std::move(name), Type::object);
    f.ref = std::move(schema);
    return f;
}

std::optional<std::string> check_value(const Field& f, const json::value& v) {
    switch (f.type) {
        case Type::integer:
            return check_integer(f, v);
        case Type::number:
            return v.is_number() ? std::nullopt : std::optional<std::string>("must be a number");
        case Type::boolean:
            return v.is_bool() ? std::nullopt : std::optional<std::string>("must be true or false");
        case Type::object:
            return v.is_object() ? std::nullopt : std::optional<std::string>("must be an object");
        default:
            break;
    }
    if (!v.is_string()) return f.type == Type::id ? "must be an id, as a string of digits" : "must be a string";
    const std::string_view text(v.get_string().data(), v.get_string().size());
    if (f.type == Type::id && !is_id(text)) return "must be an id, as a string of digits";
    if (f.type == Type::timestamp && !is_timestamp(text)) return "must be a time such as 2026-11-21T22:03:45Z";
    return check_text(f, text);
}

void Schemas::add(Schema schema) {
    const std::string name = schema.name;
    if (!schemas_.emplace(name, std::move(schema)).second)
        throw std::logic_error("schema " + name + " is declared twice");
}

const Schema* Schemas::find(std::string_view name) const {
    const auto found = schemas_.find(name);
    return found == schemas_.end() ? nullptr : &found->second;
}

std::vector<FieldFault> Schemas::check(std::string_view schema, const json::value& value) const {
    const Schema* found = find(schema);
    if (!found) throw std::logic_error("schema " + std::string(schema) + " is not declared");
    Checker checker(*this);
    checker.check(*found, value, "", 0);
    return std::move(checker.faults);
}

std::vector<std::string> Schemas::missing() const {
    std::vector<std::string> out;
    for (const auto& [name, schema] : schemas_)
        for (const Field& f : schema.fields)
            if (!f.ref.empty() && !find(f.ref)) out.push_back(f.ref);
    return out;
}

std::optional<std::string> get_string(const json::object& o, std::string_view name) {
    const json::value* v = o.if_contains(name);
    if (!v || !v->is_string()) return std::nullopt;
    return std::string(v->get_string().data(), v->get_string().size());
}

std::optional<std::int64_t> get_integer(const json::object& o, std::string_view name) {
    const json::value* v = o.if_contains(name);
    return v && v->is_int64() ? std::optional(v->get_int64()) : std::nullopt;
}

std::optional<bool> get_boolean(const json::object& o, std::string_view name) {
    const json::value* v = o.if_contains(name);
    return v && v->is_bool() ? std::optional(v->get_bool()) : std::nullopt;
}

std::optional<std::int64_t> get_id(const json::object& o, std::string_view name) {
    const auto text = get_string(o, name);
    if (!text || !is_id(*text)) return std::nullopt;
    return static_cast<std::int64_t>(*parse_u64(*text));
}

json::string id_json(std::int64_t id) { return json::string(std::to_string(id)); }

}  // namespace restante::admin
