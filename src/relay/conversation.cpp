#include "relay/conversation.hpp"

#include <algorithm>
#include <utility>

namespace restante::relay {
namespace {
constexpr std::size_t kBuffer = 8'192;
}

Conversation::Conversation(net::Stream stream, smtp::ClientOptions options,
                           std::shared_ptr<const net::TlsClientContext> context, std::string host,
                           std::chrono::seconds most)
    : stream_(std::move(stream)),
      watchdog_(stream_),
      machine_(std::move(options)),
      context_(std::move(context)),
      host_(std::move(host)),
      most_(most),
      buffer_(kBuffer, '\0') {}

std::chrono::seconds Conversation::patience() const {
    return std::min(std::chrono::seconds(machine_.timeout()), most_);
}

void Conversation::lost(Error error) {
    if (watchdog_.expired())
        error = {ErrorKind::timeout, "no answer within " + std::to_string(patience().count()) + " seconds",
                 Retry::later};
    machine_.lost(std::move(error));
}

std::string Conversation::tls_text() const {
    if (!stream_.is_tls()) return "none";
    const net::TlsInfo info = stream_.tls_info();
    return info.protocol + " " + info.cipher;
}

net::Task<Result<void>> Conversation::secure() {
    watchdog_.extend(patience());
    handshake_ = Handshake::failed;
    auto secured = co_await stream_.start_tls_client(context_, host_);
    if (!secured) co_return fail(std::move(secured.error()));
    handshake_ = Handshake::done;
    co_return Result<void>{};
}

/// The next step that is not only about moving bytes.
net::Task<smtp::ClientStep> Conversation::next() {
    for (;;) {
        smtp::ClientStep step = machine_.next();
        if (std::holds_alternative<smtp::StartTls>(step)) {
            auto secured = co_await secure();
            if (!secured)
                lost(std::move(secured.error()));
            else
                machine_.tls_started(
                    {stream_.tls_exporter("EXPORTER-Channel-Binding", 32), stream_.tls_server_end_point()});
        } else if (const auto* send = std::get_if<smtp::Send>(&step)) {
            watchdog_.extend(patience());
            const std::string_view bytes = send->bytes;
            auto written = co_await stream_.write_all(bytes);
            if (!written) lost(std::move(written.error()));
        } else if (std::holds_alternative<smtp::NeedInput>(step)) {
            watchdog_.extend(patience());
            auto got = co_await stream_.read_some(buffer_);
            if (!got)
                lost(std::move(got.error()));
            else if (*got == 0)
                lost({ErrorKind::unavailable, "the server closed the connection", Retry::later});
            else
                machine_.receive({buffer_.data(), *got});
        } else {
            co_return step;
        }
    }
}

net::Task<Result<void>> Conversation::open() {
    if (context_ && machine_.tls()) {  // from the first byte
        auto secured = co_await secure();
        if (!secured) co_return fail(std::move(secured.error()));
    }
    const smtp::ClientStep step = co_await next();
    if (std::holds_alternative<smtp::Ready>(step)) co_return Result<void>{};
    usable_ = false;
    if (const auto* broken = std::get_if<smtp::Broken>(&step)) {
        Error error = broken->error;
        if (broken->reply.code != 0) error.detail = std::to_string(broken->reply.code) + " " + broken->reply.text;
        co_return fail(std::move(error));
    }
    co_return fail(ErrorKind::protocol, "the server ended the session before it began");
}

net::Task<std::vector<smtp::RecipientOutcome>> Conversation::send(smtp::ClientMail mail, Content& content) {
    machine_.begin(std::move(mail));
    for (;;) {
        const smtp::ClientStep step = co_await next();
        if (std::holds_alternative<smtp::NeedData>(step)) {
            co_await send_text(content);
        } else if (std::holds_alternative<smtp::Finished>(step)) {
            co_return machine_.outcomes();
        } else {
            usable_ = false;
            co_return machine_.outcomes();
        }
    }
}

/// What cannot be read here must not be sent in part: the connection is dropped before the final dot.
net::Task<> Conversation::send_text(Content& content) {
    content.rewind();
    for (;;) {
        auto piece = co_await content.next();
        if (!piece) {
            stream_.close();
            machine_.lost({ErrorKind::io, "the message cannot be read here: " + piece.error().detail, Retry::later});
            co_return;
        }
        if (piece->empty()) break;
        machine_.data(*piece);
        const smtp::ClientStep step = machine_.next();
        const auto* send = std::get_if<smtp::Send>(&step);
        if (send == nullptr) continue;
        watchdog_.extend(patience());
        const std::string_view bytes = send->bytes;
        auto written = co_await stream_.write_all(bytes);
        if (!written) {
            lost(std::move(written.error()));
            co_return;
        }
    }
    machine_.end_data();
}

net::Task<> Conversation::quit() {
    if (usable_) {
        machine_.quit();
        (void)co_await next();
    }
    stream_.close();
}

}  // namespace restante::relay
