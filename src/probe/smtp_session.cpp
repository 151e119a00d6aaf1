#include "probe/smtp_session.hpp"

namespace restante::probe {
namespace {
constexpr std::size_t kReadOctets = 16'384;
}

SmtpSession::SmtpSession(net::Stream stream, smtp::ClientOptions options,
                         std::shared_ptr<const net::TlsClientContext> context, std::string host, std::string tls_name,
                         std::chrono::seconds timeout)
    : stream_(std::move(stream)),
      watchdog_(stream_),
      machine_(std::move(options)),
      context_(std::move(context)),
      host_(std::move(host)),
      tls_name_(std::move(tls_name)),
      timeout_(timeout),
      buffer_(kReadOctets) {}

Error SmtpSession::unless_late(Error error) const {
    if (!watchdog_.expired()) return error;
    return fail(ErrorKind::timeout, host_ + " did not answer within " + std::to_string(timeout_.count()) + " seconds")
        .value();
}

net::Task<Result<void>> SmtpSession::start_tls() {
    watchdog_.extend(timeout_);
    auto secured = co_await stream_.start_tls_client(context_, tls_name_);
    if (!secured) co_return fail(unless_late(std::move(secured.error())));
    co_return Result<void>{};
}

net::Task<Result<void>> SmtpSession::receive() {
    watchdog_.extend(timeout_);
    auto got = co_await stream_.read_some(buffer_);
    if (!got) co_return fail(unless_late(std::move(got.error())));
    if (*got == 0)
        machine_.lost(fail(ErrorKind::unavailable, host_ + " closed the connection").value());
    else
        machine_.receive({buffer_.data(), *got});
    co_return Result<void>{};
}

net::Task<Result<smtp::ClientStep>> SmtpSession::next() {
    for (;;) {
        smtp::ClientStep step = machine_.next();
        if (const auto* broken = std::get_if<smtp::Broken>(&step)) {
            Error error = broken->error;
            co_return fail(std::move(error));
        }
        if (std::holds_alternative<smtp::StartTls>(step)) {
            auto secured = co_await start_tls();
            if (!secured) co_return fail(std::move(secured.error()));
            machine_.tls_started();
        } else if (const auto* send = std::get_if<smtp::Send>(&step)) {
            watchdog_.extend(timeout_);
            const std::string_view bytes = send->bytes;
            auto written = co_await stream_.write_all(bytes);
            if (!written) co_return fail(unless_late(std::move(written.error())));
        } else if (std::holds_alternative<smtp::NeedInput>(step)) {
            auto received = co_await receive();
            if (!received) co_return fail(std::move(received.error()));
        } else {
            co_return std::move(step);
        }
    }
}

}  // namespace restante::probe
