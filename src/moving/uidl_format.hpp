#pragma once
// How Dovecot makes a UIDL out of what it knows of a message (its setting pop3_uidl_format). Pure.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace restante::moving {

/// RFC 1939 7: one to 70 octets of 0x21 to 0x7E.
bool is_uidl(std::string_view text);

class UidlFormat {
public:
    static constexpr std::string_view kDovecotDefault = "%08Xu%08Xv";

    /// What a format's variables stand for.
    struct Values {
        std::uint32_t uid = 0;           // %u
        std::uint32_t uid_validity = 0;  // %v
        std::string_view file_name{};    // %f: of a maildir, without flags
        std::string_view guid{};         // %g
        std::string_view header_md5{};   // %m: of an mbox
    };

    /// Variables as %u, with an optional width (%08u pads with zeros, %8u cuts) and modifiers: X hexadecimal, L and U
    /// change the case, R turns around; %% is a percent sign. Also in long form, %{uid}. invalid with what is wrong.
    static Result<UidlFormat> parse(std::string_view text);
    /// not_found: the format asks for a value there is none of; invalid: the result cannot be a UIDL.
    Result<std::string> apply(const Values& values) const;

private:
    struct Part {
        std::string literal;  // in front of the variable
        char variable = 0;    // 0: none, the end
        std::string modifiers;
        std::size_t width = 0;
        bool zeros = false;
    };
    std::vector<Part> parts_;
};

}  // namespace restante::moving
