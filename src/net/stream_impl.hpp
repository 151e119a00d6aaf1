#pragma once
// Internal to net: what a Stream holds. Costs Asio's I/O headers; include it in .cpp files of net only.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/tls_engine.hpp"

namespace restante::net {

struct Stream::Impl {
    // The concrete executor spares the type-erased one's indirections in every reactor operation.
    using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

    Impl(const Executor& ex, int socket, Address peer_address, Address local_address);

    Step read(std::span<char> into);
    Step write(const Outgoing& out);
    bool worth_reading() const { return tls ? tls->worth_reading() : !drained; }

    auto ready(Want want) {
        drained = false;
        in_a_row = 0;
        using Wait = asio::posix::descriptor_base;
        return descriptor.async_wait(want == Want::writable ? Wait::wait_write : Wait::wait_read,
                                     asio::as_tuple(asio::use_awaitable));
    }
    /// True after every 64th operation that did not have to wait.
    bool owes_a_turn() { return ++in_a_row % 64 == 0; }
    /// Octets written that the peer's system has not acknowledged.
    std::size_t unsent() const;
    /// Those it has.
    std::int64_t taken() const { return static_cast<std::int64_t>(written) - static_cast<std::int64_t>(unsent()); }
    /// Asks the kernel for the local address.
    void note_local();
    /// Why a wait ended early, or why a step went wrong.
    Error why(const boost::system::error_code& code) const;

    Executor executor;
    Descriptor descriptor;
    std::unique_ptr<TlsEngine> tls;
    std::optional<Error> ended;  // set by expire() and close()
    Address peer;
    Address local;
    std::uint64_t written = 0;  // octets, before TLS
    std::optional<std::int64_t> taken_before;  // when a write began to wait, or the watchdog last looked
    unsigned in_a_row = 0;
    bool drained = false;  // in clear: the last recv gave less than asked for
};

}  // namespace restante::net
