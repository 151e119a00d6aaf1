#include "mailauth/authors.hpp"

#include <algorithm>

#include "message/address_list.hpp"

namespace restante::mailauth {

AuthorDomains author_domains(const HeaderFields& header) {
    AuthorDomains out;
    for (const RawField* field : header.named("From")) {
        ++out.fields;
        message::Oddities oddities;
        for (const auto& mailbox : message::parse_mailboxes(field->value(), {}, oddities))
            if (std::ranges::find(out.domains, mailbox.address.domain) == out.domains.end())
                out.domains.push_back(mailbox.address.domain);
    }
    return out;
}

}  // namespace restante::mailauth
