// SQLite over a SimulatedDisk. One connection in exclusive mode is assumed: there are no locks and no shared memory.
#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <ctime>
#include <memory>

#include "store/simulated_disk.hpp"

namespace restante::store {
namespace {

struct VfsFile {
    sqlite3_file base;  // first: SQLite sees this part
    File* file;
    SimulatedDisk* disk;
    char* directory;  // to be synced with the first sync of a new file; null: not
    char* remove_path;
};

VfsFile& of(sqlite3_file* file) { return *reinterpret_cast<VfsFile*>(file); }
SimulatedDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<SimulatedDisk*>(vfs->pAppData); }

int code_of(const Error& error, int otherwise) { return error.kind == ErrorKind::no_space ? SQLITE_FULL : otherwise; }

int close_file(sqlite3_file* file) {
    VfsFile& self = of(file);
    delete self.file;
    if (self.remove_path != nullptr) (void)self.disk->remove(self.remove_path);
    std::free(self.directory);
    std::free(self.remove_path);
    return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* into, int count, sqlite3_int64 offset) {
    auto got = of(file).file->read(static_cast<std::uint64_t>(offset),
                                   std::span(static_cast<char*>(into), static_cast<std::size_t>(count)));
    if (!got) return SQLITE_IOERR_READ;
    if (*got == static_cast<std::size_t>(count)) return SQLITE_OK;
    std::memset(static_cast<char*>(into) + *got, 0, static_cast<std::size_t>(count) - *got);
    return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset) {
    auto done = of(file).file->write(static_cast<std::uint64_t>(offset),
                                     std::string_view(static_cast<const char*>(from), static_cast<std::size_t>(count)));
    return done ? SQLITE_OK : code_of(done.error(), SQLITE_IOERR_WRITE);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    return of(file).file->truncate(static_cast<std::uint64_t>(size)) ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

int sync_file(sqlite3_file* file, int) {
    VfsFile& self = of(file);
    if (auto done = self.file->sync(); !done) return code_of(done.error(), SQLITE_IOERR_FSYNC);
    // As SQLite's own VFS does: the name of a new file becomes durable with its first sync.
    if (self.directory == nullptr) return SQLITE_OK;
    if (!self.disk->sync_directory(self.directory)) return SQLITE_IOERR_DIR_FSYNC;
    std::free(self.directory);
    self.directory = nullptr;
    return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    auto got = of(file).file->size();
    if (!got) return SQLITE_IOERR_FSTAT;
    *size = static_cast<sqlite3_int64>(*got);
    return SQLITE_OK;
}

int nothing(sqlite3_file*, int) { return SQLITE_OK; }
int not_reserved(sqlite3_file*, int* out) {
    *out = 0;
    return SQLITE_OK;
}
int no_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 512; }
int characteristics(sqlite3_file*) { return 0; }

const sqlite3_io_methods kMethods = {1,          close_file,  read_file,       write_file, truncate_file,
                                     sync_file,  file_size,   nothing,         nothing,    not_reserved,
                                     no_control, sector_size, characteristics, nullptr,    nullptr,
                                     nullptr,    nullptr,     nullptr,         nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    VfsFile& self = of(file);
    std::memset(&self, 0, sizeof self);
    if (name == nullptr) return SQLITE_CANTOPEN;  // temporary files are kept in memory
    SimulatedDisk& disk = disk_of(vfs);
    bool created = false;
    auto opened = disk.open(name, OpenMode::write);
    if (!opened && opened.error().kind == ErrorKind::not_found && (flags & SQLITE_OPEN_CREATE) != 0) {
        opened = disk.open(name, OpenMode::create);
        created = true;
    }
    if (!opened) return SQLITE_CANTOPEN;
    self.base.pMethods = &kMethods;
    self.file = opened->release();
    self.disk = &disk;
    const std::string path = name;
    if (created) self.directory = strdup(path.substr(0, path.rfind('/')).c_str());
    if ((flags & SQLITE_OPEN_DELETEONCLOSE) != 0) self.remove_path = strdup(name);
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_directory) {
    SimulatedDisk& disk = disk_of(vfs);
    if (auto done = disk.remove(name); !done) {
        return done.error().kind == ErrorKind::not_found ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
    }
    const std::string path = name;
    if (sync_directory != 0 && !disk.sync_directory(path.substr(0, path.rfind('/')))) return SQLITE_IOERR_DIR_FSYNC;
    return SQLITE_OK;
}

int access_file(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
    *out = disk_of(vfs).exists(name) ? 1 : 0;
    // As SQLite's own VFS does: an empty file does not count.
    if (*out == 1 && flags == SQLITE_ACCESS_EXISTS && disk_of(vfs).size_of(name) == 0) *out = 0;
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int room, char* out) {
    sqlite3_snprintf(room, out, "%s", name);
    return SQLITE_OK;
}

int randomness(sqlite3_vfs* vfs, int count, char* out) {
    for (int i = 0; i < count; ++i) out[i] = static_cast<char>(disk_of(vfs).random());
    return count;
}
int sleep_for(sqlite3_vfs*, int microseconds) { return microseconds; }
int now_days(sqlite3_vfs*, double* out) {
    *out = 2'460'000.5;
    return SQLITE_OK;
}
int last_error(sqlite3_vfs*, int, char*) { return 0; }

struct Registered {
    sqlite3_vfs vfs{};
    std::string name;
};

}  // namespace

std::string register_vfs(SimulatedDisk& disk) {
    static std::atomic<int> count{0};
    auto registered = std::make_unique<Registered>();
    registered->name = "simulated-" + std::to_string(++count);
    sqlite3_vfs& vfs = registered->vfs;
    vfs.iVersion = 1;
    vfs.szOsFile = sizeof(VfsFile);
    vfs.mxPathname = 512;
    vfs.zName = registered->name.c_str();
    vfs.pAppData = &disk;
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    vfs.xAccess = access_file;
    vfs.xFullPathname = full_path;
    vfs.xRandomness = randomness;
    vfs.xSleep = sleep_for;
    vfs.xCurrentTime = now_days;
    vfs.xGetLastError = last_error;
    sqlite3_vfs_register(&vfs, 0);
    return registered.release()->name;  // freed by unregister_vfs
}

void unregister_vfs(const std::string& name) {
    sqlite3_vfs* vfs = sqlite3_vfs_find(name.c_str());
    if (vfs == nullptr) return;
    sqlite3_vfs_unregister(vfs);
    delete reinterpret_cast<Registered*>(vfs);  // its first member
}

}  // namespace restante::store
