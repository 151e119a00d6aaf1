#pragma once
// One SASL exchange of a session: runs the mechanism and gets it what it asks for.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "login/doorkeeper.hpp"
#include "net/stream.hpp"
#include "sasl/server.hpp"

namespace restante::login {

/// What ties a login to this connection: nothing in clear; tls-exporter (RFC 9266) under TLS 1.3 only.
sasl::ChannelBindings channel_bindings(const net::Stream& stream);

/// What an exchange needs to know of its session.
struct Circumstances {
    directory::LoginContext context{};
    sasl::ChannelBindings binding{};
    bool offers_plus = false;  // the -PLUS sibling of the mechanism is offered in this session
    std::string host_name{};   // of this server
};

/// No login. name: whom the client claimed to be; may be empty.
struct Refused {
    Error error;
    std::string name{};
    bool malformed = false;  // the client broke the mechanism's rules: nothing was checked
};
using Outcome = std::variant<sasl::Challenge, directory::Login, Refused>;

class Exchange {
public:
    /// mechanism: one that the doorkeeper offers. door must outlive the exchange.
    Exchange(Doorkeeper& door, std::string_view mechanism, Circumstances circumstances);

    /// Once, first. A Challenge is to be sent and its answer given to respond(); every other outcome is the last.
    net::Task<Outcome> start(std::optional<std::string> initial);
    net::Task<Outcome> respond(std::string bytes);
    /// Whom the client claimed to be, once it has got as far as a login.
    const std::string& name() const { return name_; }

private:
    net::Task<Outcome> go_on(sasl::ServerStep step);
    net::Task<Outcome> check_password(sasl::Credentials credentials);
    Outcome conclude(Result<directory::Login> login, const std::string& authzid, const std::string& name);

    Doorkeeper& door_;
    const Circumstances circumstances_;
    std::unique_ptr<sasl::ServerMechanism> mechanism_;
    bool blocks_ = false;
    bool proves_ = false;  // the next response proves the password of name_
    std::string name_;
};

}  // namespace restante::login
