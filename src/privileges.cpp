#include "privileges.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <array>

namespace restante {

Result<UserIds> look_up_user(const std::string& name) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16384> buffer{};
    const int error = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (error != 0) return fail(errno_error(error, "look up the user " + name));
    if (found == nullptr) return fail(ErrorKind::not_found, "there is no user " + name + " on this machine ([server] user)");
    return UserIds{found->pw_uid, found->pw_gid};
}

Result<void> become_user(const std::string& name, UserIds ids) {
    if (::initgroups(name.c_str(), ids.group) != 0 || ::setresgid(ids.group, ids.group, ids.group) != 0 ||
        ::setresuid(ids.user, ids.user, ids.user) != 0)
        return fail(errno_error(errno, "become the user " + name + " ([server] user needs a start as root)"));
    if (ids.user != 0 && ::setuid(0) == 0) return fail(ErrorKind::internal, "root could be regained after giving it up");
    return {};
}

}  // namespace restante
