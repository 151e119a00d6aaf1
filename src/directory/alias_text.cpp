#include "directory/alias_text.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/text.hpp"
#include "directory/directory.hpp"
#include "directory/names.hpp"

namespace restante::directory {
namespace {
constexpr std::size_t kMaxFaults = 100;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// The next word, with quoted blanks in it; empty at the end.
std::string_view next_word(std::string_view& line) {
    while (!line.empty() && (is_blank(line.front()) || line.front() == ',')) line.remove_prefix(1);
    bool quoted = false;
    std::size_t end = 0;
    for (; end < line.size(); ++end) {
        if (line[end] == '"') quoted = !quoted;
        if (line[end] == '\\' && quoted && end + 1 < line.size()) ++end;
        if (!quoted && (is_blank(line[end]) || line[end] == ',')) break;
    }
    end = std::min(end, line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end);
    return word;
}

Result<std::string> alias_key(std::string_view word, std::string_view domain) {
    std::string full(word);
    if (word == "@")
        full += domain;
    else if (word.find('@') == std::string_view::npos)
        full += '@' + std::string(domain);
    auto key = checked_alias_address(full);
    if (key && domain_of(*key) != domain)
        return fail(ErrorKind::invalid, *key + " is not an address of " + std::string(domain));
    return key;
}

/// As people type it: the local part quoted where it must be.
std::string shown_address(const std::string& key) {
    const std::size_t at = key.rfind('@');
    if (at == std::string::npos || at == 0) return key;
    std::string text = message::Address{key.substr(0, at), key.substr(at + 1)}.to_string();
    if (text.front() == '#') text.insert(at, 1, '"').insert(0, 1, '"');  // or the line would be a remark
    return text;
}

class Reader {
public:
    explicit Reader(std::string_view domain) : domain_(domain) {}

    void line(std::size_t number, std::string_view text) {
        const std::string_view first = next_word(text);
        auto key = alias_key(first, domain_);
        if (!key) return fault(number, key.error().detail);
        std::size_t destinations = 0;
        for (std::string_view word = next_word(text); !word.empty(); word = next_word(text), ++destinations) {
            auto destination = checked_destination(word);
            if (!destination) return fault(number, destination.error().detail);
            add(number, *key, std::move(*destination));
        }
        if (destinations == 0) fault(number, *key + " has no destination: write \"alias destination\"");
    }
    void fault(std::size_t number, std::string detail) {
        if (out.faults.size() < kMaxFaults) out.faults.push_back({number, std::move(detail)});
    }
    AliasText out;

private:
    void add(std::size_t number, const std::string& key, std::string destination) {
        const auto [place, is_new] = places_.emplace(key, out.aliases.size());
        if (is_new) out.aliases.push_back({key, {}, {}});
        AliasLines& alias = out.aliases[place->second];
        if (!seen_.emplace(key + ' ' + destination, number).second) return;
        alias.destinations.push_back(std::move(destination));
        alias.lines.push_back(number);
    }

    const std::string_view domain_;
    std::unordered_map<std::string, std::size_t> places_;
    std::unordered_map<std::string, std::size_t> seen_;
};
}  // namespace

AliasText parse_alias_text(std::string_view text, std::string_view domain) {
    Reader reader(domain);
    std::size_t number = 0;
    for (const std::string_view raw : split(text, '\n')) {
        ++number;
        const std::string_view line = trim(raw);
        if (line.empty() || line.front() == '#') continue;
        reader.line(number, line);
    }
    return std::move(reader.out);
}

std::string write_alias_text(std::vector<Alias> aliases) {
    std::erase_if(aliases, [](const Alias& alias) { return !alias.managed_by.empty(); });
    std::sort(aliases.begin(), aliases.end(), [](const Alias& a, const Alias& b) { return a.address < b.address; });
    std::string out;
    for (const Alias& alias : aliases)
        for (const std::string& destination : alias.destinations)
            out += shown_address(alias.address) + ' ' + shown_address(destination) + '\n';
    return out;
}

}  // namespace restante::directory
