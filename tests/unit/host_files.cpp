// A folder of this machine in which commands on files are tried.
#include "host_files.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace {

void must(bool condition) {
    if (!condition) {
        throw std::runtime_error("a folder for the test could not be made");
    }
}

} // namespace

HostFolder::HostFolder() {
    char name[] = "/tmp/trapgate-tree-XXXXXX";
    must(mkdtemp(name) != nullptr);
    top_ = name;
    before_ = open(".", O_RDONLY | O_DIRECTORY);
    must(before_ >= 0 && chdir(name) == 0);
    for (int i = 0; i < depth_of_folders; ++i) {
        must(mkdir("d", 0755) == 0 && chdir("d") == 0);
    }
}

HostFolder::~HostFolder() {
    if (fchdir(before_) == 0) {
        std::filesystem::remove_all(top_);
    }
    close(before_);
}

int HostFolder::run(const FileCommand& command) {
    const char* one = command.one.c_str();
    const char* two = command.two.c_str();
    int done = 0;
    switch (command.what) {
    case 'f':
        done = open(one, static_cast<int>(command.flags), 0644);
        if (done >= 0) {
            close(done);
            done = 0;
        }
        break;
    case 'd':
        done = mkdir(one, 0755);
        break;
    case 's':
        done = symlink(one, two);
        break;
    case 'u':
        done = unlink(one);
        break;
    case 'r':
        done = rmdir(one);
        break;
    case 'm':
        done = std::rename(one, two);
        break;
    default:
        done = link(one, two);
        break;
    }
    return done == 0 ? 0 : errno;
}

std::multiset<std::string> HostFolder::list() {
    std::multiset<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(".")) {
        struct stat status {};
        must(lstat(entry.path().c_str(), &status) == 0);
        names.insert(entry.path().string() + " " + std::to_string(status.st_mode & S_IFMT) + " " +
                     (S_ISDIR(status.st_mode) ? "-" : std::to_string(status.st_nlink)));
    }
    return names;
}
