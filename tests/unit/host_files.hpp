// A folder of this machine in which commands on files are tried, as what says which results are right. Apart from the
// tests, since the kernel's constants and the host's have the same names.
#pragma once

#include <set>
#include <string>

// A path has few names, and a link's target fewer, so no chain of forty links leads out of so many folders.
constexpr int depth_of_folders = 150;

struct FileCommand {
    char what; // f: open, d: mkdir, s: symlink, u: unlink, r: rmdir, m: rename, l: link
    std::string one;
    std::string two;
    unsigned flags; // of open
};

/// Works in a new folder, below so many others called "d", while it lives.
class HostFolder {
public:
    HostFolder();
    ~HostFolder();
    HostFolder(const HostFolder&) = delete;
    HostFolder& operator=(const HostFolder&) = delete;

    /// 0 or errno.
    static int run(const FileCommand& command);
    /// Each path below with its kind, and its links if it is not a directory.
    static std::multiset<std::string> list();

private:
    std::string top_;
    int before_ = -1;
};
