#pragma once
// Parameters of MAIL and RCPT. Internal to smtp.
#include <string_view>

#include "smtp/command.hpp"

namespace restante::smtp {

/// One word after the other; each parameter at most once.
class MailParameters {
public:
    MailParameters(const Offered& offered, MailArgument& mail) : offered_(offered), mail_(mail) {}
    ArgumentFault read(std::string_view word);

private:
    ArgumentFault read_body(std::string_view value);
    ArgumentFault read_size(std::string_view value);
    ArgumentFault read_ret(std::string_view value);
    ArgumentFault read_envid(std::string_view value);

    const Offered& offered_;
    MailArgument& mail_;
    bool auth_ = false;
};

class RcptParameters {
public:
    RcptParameters(const Offered& offered, bool utf8, RcptArgument& rcpt)
        : offered_(offered), utf8_(utf8), rcpt_(rcpt) {}
    ArgumentFault read(std::string_view word);

private:
    ArgumentFault read_notify(std::string_view value);
    ArgumentFault read_orcpt(std::string_view value);

    const Offered& offered_;
    const bool utf8_;
    RcptArgument& rcpt_;
};

}  // namespace restante::smtp
