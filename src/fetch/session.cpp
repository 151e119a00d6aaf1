#include "fetch/session.hpp"

#include "base/text.hpp"

namespace restante::fetch {
namespace {
constexpr std::size_t kReadOctets = 65'536;

pop3::ClientOptions machine_options(const Settings& settings) {
    pop3::ClientOptions options;
    switch (settings.tls) {
        case TlsMode::none:
            options.tls = pop3::ClientTls::none;
            break;
        case TlsMode::stls:
            options.tls = pop3::ClientTls::stls;
            break;
        case TlsMode::implicit:
            options.tls = pop3::ClientTls::implicit;
            break;
    }
    return options;
}
}  // namespace

Session::Session(net::Stream stream, const Settings& settings, std::shared_ptr<const net::TlsClientContext> context,
                 std::chrono::minutes longest)
    : stream_(std::move(stream)),
      watchdog_(stream_),
      machine_(machine_options(settings)),
      context_(std::move(context)),
      host_(settings.address),
      tls_name_(settings.tls_name.empty() ? settings.address : settings.tls_name),
      timeout_(settings.timeout_seconds),
      buffer_(kReadOctets) {
    watchdog_.cap(longest);
}

Error Session::unless_late(Error error) const {
    if (!watchdog_.expired()) return error;
    return fail(ErrorKind::timeout, host_ + " did not answer within " + std::to_string(timeout_.count()) +
                                        " seconds (or the poll took too long)")
        .value();
}

net::Task<Result<void>> Session::start_tls() {
    watchdog_.extend(timeout_);
    auto secured = co_await stream_.start_tls_client(context_, tls_name_);
    if (!secured) co_return fail(unless_late(std::move(secured.error())));
    co_return Result<void>{};
}

net::Task<Result<void>> Session::exchange() {
    watchdog_.extend(timeout_);
    if (!machine_.output().empty()) {
        const std::string out = std::exchange(machine_.output(), {});
        auto written = co_await stream_.write_all(out);
        if (!written) co_return fail(unless_late(std::move(written.error())));
    }
    auto got = co_await stream_.read_some(buffer_);
    if (!got) co_return fail(unless_late(std::move(got.error())));
    if (*got == 0)
        machine_.input_ended();
    else
        machine_.feed({buffer_.data(), *got});
    co_return Result<void>{};
}

net::Task<Result<pop3::ClientStep>> Session::next() {
    for (;;) {
        pop3::ClientStep step = machine_.next();
        if (const auto* failed = std::get_if<pop3::client::Failed>(&step)) {
            Error error = failed->error;
            co_return fail(std::move(error));
        }
        if (std::holds_alternative<pop3::client::StartTls>(step)) {
            auto secured = co_await start_tls();
            if (!secured) co_return fail(std::move(secured.error()));
            machine_.tls_started();
        } else if (std::holds_alternative<pop3::client::NeedInput>(step)) {
            auto moved = co_await exchange();
            if (!moved) co_return fail(std::move(moved.error()));
        } else {
            co_return std::move(step);
        }
    }
}

Error error_of(const pop3::client::Refused& refused, std::string_view doing) {
    const std::string said =
        "the server refuses " + std::string(doing) + ": \"" + escape_for_log(refused.text, 200) + "\"";
    switch (refused.code) {
        case pop3::ResponseCode::in_use:
            return fail(ErrorKind::busy, said + " (another session has the mailbox open)").value();
        case pop3::ResponseCode::login_delay:
            return fail(ErrorKind::busy, said + " (it wants longer intervals)").value();
        case pop3::ResponseCode::sys_temp:
            return fail(ErrorKind::unavailable, said).value();
        case pop3::ResponseCode::sys_perm:
            return fail(ErrorKind::denied, said + " (its administrator must help)").value();
        case pop3::ResponseCode::auth:
            return fail(ErrorKind::unauthenticated, said + " (check user name and password)").value();
        default:
            break;
    }
    const bool login = refused.request == pop3::RequestKind::user || refused.request == pop3::RequestKind::pass ||
                       refused.request == pop3::RequestKind::auth;
    if (login) return fail(ErrorKind::unauthenticated, said + " (check user name and password)").value();
    return fail(ErrorKind::protocol, said).value();
}

}  // namespace restante::fetch
