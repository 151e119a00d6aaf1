#include "dovecot.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "net/tls_context.hpp"

namespace restante::fetch {
namespace {
namespace fs = std::filesystem;
constexpr const char* kProgram = "/usr/sbin/dovecot";

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

int free_port() {
    const int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    close(socket_);
    return ntohs(address.sin_port);
}

bool greets(int port) {
    const int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    char first = 0;
    const timeval patience{2, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const bool up = connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                    recv(socket_, &first, 1, 0) == 1 && first == '+';
    close(socket_);
    return up;
}

/// Dovecot serves no mail as root.
const passwd& mail_user() { return *getpwuid(geteuid() == 0 ? getpwnam("nobody")->pw_uid : geteuid()); }

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
}  // namespace

bool Dovecot::is_installed() { return fs::exists(kProgram) && fs::exists("/usr/lib/dovecot/pop3"); }

Dovecot::Dovecot() {
    char name[] = "/tmp/restante-dovecot-XXXXXX";
    folder_ = mkdtemp(name);
    port_ = free_port();
    tls_port_ = free_port();
    const auto made = net::make_self_signed({"localhost", "127.0.0.1"}, 30).value();
    certificate_ = made.certificate_pem;
    key_ = made.private_key_pem;
    fs::permissions(folder_, fs::perms(0755));
    for (const char* part : {"/mail", "/mail/cur", "/mail/new", "/mail/tmp", "/base"})
        fs::create_directory(folder_ + part);
    write_configuration();
    for (const char* part : {"/mail", "/mail/cur", "/mail/new", "/mail/tmp"})
        if (chown((folder_ + part).c_str(), mail_user().pw_uid, mail_user().pw_gid) != 0)
            throw std::runtime_error("chown failed");
    process_ = fork();
    if (process_ == 0) {
        const int log = open((folder_ + "/output").c_str(), O_WRONLY | O_CREAT, 0600);
        dup2(log, 1);
        dup2(log, 2);
        execl(kProgram, kProgram, "-F", "-c", (folder_ + "/dovecot.conf").c_str(), nullptr);
        _exit(127);
    }
    wait_until_it_answers();
}

Dovecot::~Dovecot() {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
    fs::remove_all(folder_);
}

void Dovecot::write_configuration() const {
    const std::string user = mail_user().pw_name;
    write(folder_ + "/certificate.pem", certificate_);
    write(folder_ + "/key.pem", key_);
    write(folder_ + "/users", "foreign:{PLAIN}pw-foreign:::::\n");
    std::string text = "protocols = pop3\nlisten = 127.0.0.1\nlog_path = " + folder_ + "/log\nbase_dir = " + folder_ +
                       "/base\nstate_dir = " + folder_ + "/base\nmail_location = maildir:" + folder_ +
                       "/mail\nfirst_valid_uid = 1\nfirst_valid_gid = 1\nmail_uid = " + user +
                       "\nmail_gid = " + std::to_string(mail_user().pw_gid) +
                       "\nauth_mechanisms = plain login\ndisable_plaintext_auth = no\n"
                       "ssl = yes\nssl_cert = <" +
                       folder_ + "/certificate.pem\nssl_key = <" + folder_ +
                       "/key.pem\n"
                       "passdb {\n  driver = passwd-file\n  args = " +
                       folder_ +
                       "/users\n}\n"
                       "userdb {\n  driver = static\n  args = uid=" +
                       user + " gid=" + std::to_string(mail_user().pw_gid) + " home=" + folder_ +
                       "/mail\n}\n"
                       "service pop3-login {\n  inet_listener pop3 {\n    port = " +
                       std::to_string(port_) +
                       "\n  }\n  inet_listener pop3s {\n    port = " + std::to_string(tls_port_) +
                       "\n    ssl = yes\n  }\n";
    if (geteuid() == 0) {
        text += "}\n";
    } else {
        text += "  chroot =\n}\nservice anvil {\n  chroot =\n}\ndefault_login_user = " + user +
                "\ndefault_internal_user = " + user + "\ndefault_internal_group = " + getgrgid(getegid())->gr_name +
                "\n";
    }
    write(folder_ + "/dovecot.conf", text);
}

void Dovecot::wait_until_it_answers() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!greets(port_)) {
        if (std::chrono::steady_clock::now() > deadline) {
            std::string said;
            for (const char* name : {"/output", "/log"}) {
                std::ifstream file(folder_ + name);
                said.append(std::istreambuf_iterator<char>(file), {});
            }
            kill(process_, SIGKILL);
            waitpid(process_, nullptr, 0);
            fs::remove_all(folder_);
            throw std::runtime_error("Dovecot does not answer: " + said);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

void Dovecot::put(const std::string& name, const std::string& text) {
    const std::string path = folder_ + "/mail/new/" + name;
    write(path, text);
    if (chown(path.c_str(), mail_user().pw_uid, mail_user().pw_gid) != 0) throw std::runtime_error("chown failed");
}

std::size_t Dovecot::count() const {
    std::size_t out = 0;
    for (const char* part : {"/mail/new", "/mail/cur"})
        for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_ + part)) ++out;
    return out;
}

}  // namespace restante::fetch
