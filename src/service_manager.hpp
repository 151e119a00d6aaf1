#pragma once
// Word to the program that started this one (sd_notify(3)), where it wants any.
#include <string>
#include <string_view>

namespace restante {

class ServiceManager {
public:
    /// Takes NOTIFY_SOCKET from the environment, so that no child inherits it: call it before there are threads.
    static ServiceManager from_environment();

    /// "READY=1", "STOPPING=1", lines of NAME=value. Best effort; nothing without a socket.
    void tell(std::string_view state) const;
    /// Between the beginning of a reload and the next READY=1.
    void tell_reloading() const;

private:
    explicit ServiceManager(std::string socket) : socket_(std::move(socket)) {}
    std::string socket_;  // a path, or '@' and an abstract name; empty: nobody listens
};

}  // namespace restante
