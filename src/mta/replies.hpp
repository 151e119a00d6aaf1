#pragma once
// Every reply of the SMTP agents that says what became of a request. Errors turn into texts for a peer only here; what
// an Error's detail says stays in the log.
#include <string_view>

#include "base/result.hpp"
#include "message/envelope.hpp"
#include "smtp/reply.hpp"
#include "smtp/server_options.hpp"

namespace restante::mta::replies {

smtp::Reply sender_taken();
smtp::Reply sender_not_yours();
smtp::Reply sender_too_fast();
smtp::Reply sending_limit();
smtp::Reply from_not_yours();
smtp::Reply several_from();
smtp::Reply no_from_address();
smtp::Reply mail_loop();
smtp::Reply reserved_domain();
smtp::Reply lasted_too_long(std::string_view host_name);
smtp::Reply recipient_taken();
smtp::Reply recipient_refused(const Error& error, const message::Address& recipient, smtp::ServerOptions::Kind kind);
smtp::Reply data_wanted();
smtp::Reply draft_failed(const Error& error);
smtp::Reply header_too_large();
smtp::Reply not_authenticated();
smtp::Reply is_spam();
smtp::Reply accepted(std::string_view id);
smtp::Reply delivery_failed(const Error& error);
smtp::Reply welcome();
smtp::Reply login_malformed();
smtp::Reply login_refused(const Error& error);
/// Whole lines for a connection that is about to be closed.
std::string timed_out(std::string_view host_name);
std::string broken(std::string_view host_name);
std::string too_many_connections(std::string_view host_name);
std::string not_served(std::string_view host_name);

}  // namespace restante::mta::replies
