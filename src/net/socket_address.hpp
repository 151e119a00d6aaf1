#pragma once
// Addresses in the kernel's form.
#include <cstddef>

#include "net/address.hpp"

namespace restante::net {

/// The kernel's form of an address into storage (of `room` bytes, as sockaddr_storage has); its length, or 0 if it is a
/// unix path too long, or no address.
std::size_t to_sockaddr(const Address& address, void* storage, std::size_t room);

}  // namespace restante::net
