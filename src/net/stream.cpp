#include "net/stream.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "net/stream_impl.hpp"

namespace restante::net {
namespace {

asio::io_context& context_of(const Executor& executor) {
    const auto* concrete = executor.target<asio::io_context::executor_type>();
    if (!concrete) throw asio::execution::bad_executor();
    return concrete->context();
}

Error cancelled_error() { return Error{ErrorKind::cancelled, "the connection was closed on this side", Retry::later}; }

Step clear_read(int socket, std::span<char> into, bool& drained) {
    const ssize_t n = ::recv(socket, into.data(), into.size(), 0);
    drained = n < static_cast<ssize_t>(into.size());
    if (n >= 0) return {Want::nothing, static_cast<std::size_t>(n), {}};
    if (errno == EAGAIN || errno == EINTR) return {Want::readable, 0, {}};
    return {Want::nothing, 0, errno_error(errno, "reading from the connection failed")};
}

Step clear_write(int socket, const Outgoing& out) {
    std::array<iovec, 16> vectors;
    std::size_t used = 0;
    const auto add = [&](std::string_view piece) { vectors[used++] = {const_cast<char*>(piece.data()), piece.size()}; };
    add(out.first());
    for (const std::string_view piece : out.rest()) {
        if (used == vectors.size()) break;
        add(piece);
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = used;
    const ssize_t n = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (n >= 0) return {Want::nothing, static_cast<std::size_t>(n), {}};
    if (errno == EAGAIN || errno == EINTR) return {Want::writable, 0, {}};
    return {Want::nothing, 0, errno_error(errno, "writing to the connection failed")};
}

Task<Result<>> write_pieces(Stream::Impl& s, Outgoing out) {
    while (!out.empty()) {
        if (s.ended) co_return fail(*s.ended);
        const Step step = s.write(out);
        if (step.error) co_return fail(*step.error);
        if (step.want != Want::nothing) {
            if (!s.taken_before) s.taken_before = s.taken();
            const auto [failed] = co_await s.ready(step.want);
            if (failed) co_return fail(s.why(failed));
            continue;
        }
        out.advance(step.bytes);
        s.written += step.bytes;
        if (s.owes_a_turn()) co_await yield();
    }
    co_return Result<>{};
}

}  // namespace

Stream::Impl::Impl(const Executor& ex, int socket, Address peer_address, Address local_address)
    : executor(ex), descriptor(context_of(ex)), peer(std::move(peer_address)), local(std::move(local_address)) {
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
    descriptor.assign(socket);
    if (local.family() == Address::Family::none) note_local();
}

std::size_t Stream::Impl::unsent() const {
    int octets = 0;  // unix(7): of a local socket, what the peer has not read
    return ::ioctl(const_cast<Descriptor&>(descriptor).native_handle(), SIOCOUTQ, &octets) == 0 && octets > 0 ? static_cast<std::size_t>(octets) : 0;
}

void Stream::Impl::note_local() {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (::getsockname(descriptor.native_handle(), reinterpret_cast<sockaddr*>(&storage), &length) == 0)
        local = Address::from(reinterpret_cast<const sockaddr*>(&storage), length);
}

Step Stream::Impl::read(std::span<char> into) {
    return tls ? tls->read(into) : clear_read(descriptor.native_handle(), into, drained);
}

Step Stream::Impl::write(const Outgoing& out) {
    return tls ? tls->write(out) : clear_write(descriptor.native_handle(), out);
}

Error Stream::Impl::why(const boost::system::error_code& code) const {
    if (ended) return *ended;
    if (code == asio::error::operation_aborted) return cancelled_error();
    return errno_error(code.value(), "waiting for the connection failed");
}

Stream::Stream(const Executor& executor, int descriptor, Address peer, Address local)
    : impl_(std::make_shared<Impl>(executor, descriptor, std::move(peer), std::move(local))) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&& other) noexcept {
    if (impl_ && impl_ != other.impl_) close();
    impl_ = std::move(other.impl_);
    return *this;
}
Stream::~Stream() {
    if (impl_) close();
}

Task<Result<std::size_t>> Stream::read_some(std::span<char> into) {
    Impl& s = *impl_;
    if (into.empty()) co_return fail(ErrorKind::internal, "read into an empty buffer");
    for (;;) {
        if (s.ended) co_return fail(*s.ended);
        Step step{Want::readable, 0, {}};
        if (s.worth_reading()) step = s.read(into);
        if (step.error) co_return fail(*step.error);
        if (step.want == Want::nothing) {
            if (s.owes_a_turn()) co_await yield();
            co_return step.bytes;
        }
        const auto [failed] = co_await s.ready(step.want);
        if (s.tls) s.tls->expect_data();
        if (failed) co_return fail(s.why(failed));
    }
}

Task<Result<>> Stream::wait_readable() {
    Impl& s = *impl_;
    if (s.ended) co_return fail(*s.ended);
    if (s.tls && SSL_has_pending(s.tls->native()) == 1) co_return Result<>{};
    const auto [failed] = co_await s.ready(Want::readable);
    if (s.tls) s.tls->expect_data();
    if (failed) co_return fail(s.why(failed));
    co_return Result<>{};
}

Task<Result<>> Stream::write_all(std::string_view bytes) { return write_pieces(*impl_, Outgoing(bytes)); }
Task<Result<>> Stream::write_all(std::span<const std::string_view> pieces) {
    return write_pieces(*impl_, Outgoing(pieces));
}

void Stream::try_write(std::string_view bytes) noexcept {
    if (!impl_->descriptor.is_open()) return;
    for (Outgoing out(bytes); !out.empty();) {
        const Step step = impl_->write(out);
        if (step.error || step.want != Want::nothing) return;
        out.advance(step.bytes);
    }
}

void Stream::expire(Impl& stream, Error why) {
    if (!stream.ended) stream.ended = std::move(why);
    boost::system::error_code ignored;
    if (stream.descriptor.is_open()) stream.descriptor.cancel(ignored);
}

void Stream::expire(Error why) { expire(*impl_, std::move(why)); }

void Stream::close() {
    expire(cancelled_error());
    boost::system::error_code ignored;
    if (impl_->descriptor.is_open()) impl_->descriptor.close(ignored);
}

Task<> Stream::shutdown() {
    Impl& s = *impl_;
    while (s.tls && !s.ended) {
        const Step step = s.tls->shutdown();
        if (step.error || step.want != Want::writable) break;
        const auto [failed] = co_await s.ready(step.want);
        if (failed) break;
    }
    if (s.descriptor.is_open()) ::shutdown(s.descriptor.native_handle(), SHUT_WR);
}

const Address& Stream::peer() const { return impl_->peer; }
const Address& Stream::local() const { return impl_->local; }
Executor Stream::executor() const { return impl_->executor; }
int Stream::descriptor() const { return impl_->descriptor.is_open() ? impl_->descriptor.native_handle() : -1; }

Result<std::pair<Stream, Stream>> make_stream_pair(const Executor& first, const Executor& second) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        return fail(errno_error(errno, "cannot make a pair of sockets"));
    const Address unix_end = Address::unix_socket("");
    return std::pair{Stream(first, ends[0], unix_end, unix_end), Stream(second, ends[1], unix_end, unix_end)};
}

}  // namespace restante::net
