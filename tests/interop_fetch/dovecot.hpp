#pragma once
// Debian's Dovecot as a POP3 server on loopback, in a folder of its own. Runs as root or as anybody.
#include <string>
#include <vector>

namespace restante::fetch {

class Dovecot {
public:
    static bool is_installed();
    /// Starts it and waits until it answers; throws std::runtime_error with its log if it does not.
    Dovecot();
    ~Dovecot();
    Dovecot(const Dovecot&) = delete;
    Dovecot& operator=(const Dovecot&) = delete;

    /// Puts a mail (lines with LF) into the maildrop of user "foreign", password "pw-foreign".
    void put(const std::string& name, const std::string& text);
    /// Files left in the maildrop.
    std::size_t count() const;
    int port() const { return port_; }          // in clear, STLS
    int tls_port() const { return tls_port_; }  // TLS from the first octet
    const std::string& certificate() const { return certificate_; }

private:
    void write_configuration() const;
    void wait_until_it_answers() const;

    std::string folder_;
    std::string certificate_, key_;
    int port_ = 0, tls_port_ = 0;
    int process_ = -1;
};

}  // namespace restante::fetch
