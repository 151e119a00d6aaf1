#pragma once
// A look at the header section while a message streams by: enough for trace and submission rules, no parsing.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace restante::smtp {

/// Fed the decoded chunks of one message, cut anywhere. Constant memory, linear time; lines end with LF or CRLF.
class HeaderScanner {
public:
    struct Facts {
        std::size_t received = 0;       // Received fields: the hop count (RFC 5321 6.3)
        std::size_t received_here = 0;  // of these, such as say "by" our name
        std::size_t fields = 0;
        std::uint64_t octets = 0;  // of the header section, the empty line included once it was seen
        bool date = false;
        bool message_id = false;
        std::size_t from_fields = 0;
        bool from_cut = false;  // longer than from_room; from() is not all of it
        std::size_t unwanted = 0;  // fields that may have to be taken out: Bcc, and those that only servers write
        bool complete = false;  // the empty line was seen
    };

    /// own_name: of this host, for received_here.
    explicit HeaderScanner(std::string own_name = {}) : own_name_(std::move(own_name)) {}

    void feed(std::string_view chunk);
    const Facts& facts() const { return facts_; }
    bool complete() const { return facts_.complete; }
    /// What stands behind "From:", folds kept; of several fields all.
    std::string_view from() const { return from_; }

    static constexpr std::size_t from_room = 16 * 1024;     // octets kept of From
    static constexpr std::size_t received_room = 2 * 1024;  // of a Received field

private:
    static constexpr std::size_t name_room = 22;  // strlen("authentication-results")

    void start_of_line(char c);
    void name_octet(char c);
    void count_field();
    void end_field();
    void keep(std::string_view text);

    std::string own_name_;
    Facts facts_;
    enum class State { line_start, name, rest, empty_cr } state_ = State::line_start;
    std::size_t length_ = 0;
    char name_[name_room] = {};
    bool in_from_ = false, in_received_ = false;
    std::string from_;
    std::string received_;  // the field under way
};

}  // namespace restante::smtp
