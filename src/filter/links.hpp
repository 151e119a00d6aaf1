#pragma once
// Links in the text of a message, as html_to_text writes those of HTML: `words <https://host/path>`. Pure.
#include <string>
#include <string_view>
#include <vector>

namespace restante::filter {

struct Link {
    std::string host;   // lower case, without port and user
    std::string shown;  // the host that the word before says it leads to; empty: it says none
};
/// At most `most`.
std::vector<Link> links_in(std::string_view text, std::size_t most = 200);

/// Hosts that they lead to, each once.
std::vector<std::string> link_hosts(std::string_view text, std::size_t most = 200);

/// About what somebody registers: the last two labels, three where the second is short under a country
/// ("mail.example.org" -> "example.org", "www.bank.co.uk" -> "bank.co.uk"); an address stays whole.
std::string registered_part(const std::string& host);
/// "192.0.2.1", "[2001:db8::1]".
bool is_address(std::string_view host);

}  // namespace restante::filter
