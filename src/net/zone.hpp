#pragma once
// For tests: a name system in a text. Pure; ZoneResolver puts it where a Resolver is wanted.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "net/dns.hpp"

namespace restante::net {

/// Lines `NAME TYPE DATA`, separated by blanks; '#' starts a comment line. Types and their data:
///   A, AAAA  an address               MX     PREFERENCE HOST ("." for none)
///   TXT      the rest of the line     PTR    a name
///   CNAME    a name                   TLSA   USAGE SELECTOR MATCHING HEX
///   SERVFAIL nothing: every question for the name fails; `SERVFAIL TXT` only those for that type
///   SECURE   nothing: answers for the name are authenticated
/// A name that is a parent of another exists (nodata).
class Zone {
public:
    /// Throws std::invalid_argument, naming the line.
    explicit Zone(std::string_view text);
    DnsAnswer answer(const DnsQuestion& question) const;

private:
    struct Node {
        DnsAnswer records;
        std::string alias;
        std::vector<std::string> failing;  // types; "" for all
        bool secure = false;
    };
    void add(std::string_view line);
    static void add_record(Node& node, std::string_view type, std::string_view data);
    const Node* find(const std::string& name) const;
    bool is_parent(const std::string& name) const;

    std::map<std::string, Node> nodes_;
};

}  // namespace restante::net
