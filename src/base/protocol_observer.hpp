#pragma once
// Who listens to what is said in a session. Protocol machines call it; it is never told a secret.
#include <string_view>

namespace restante {

class ProtocolObserver {
public:
    virtual ~ProtocolObserver() = default;
    /// One line from the peer without its end, passwords and SASL data taken out; lines that are no known command are
    /// told by their length only.
    virtual void received(std::string_view line) = 0;
    /// The first line of an answer, without its end and without SASL data.
    virtual void sent(std::string_view line) = 0;
};

}  // namespace restante
