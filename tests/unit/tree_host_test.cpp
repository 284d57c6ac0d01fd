// The same commands in the kernel's tree and in a folder of this machine: the same results, errors included. The host's
// Linux is what says which are right.
#include "catch.hpp"
#include "empty_tree.hpp"
#include "host_files.hpp"
#include "memory_fixture.hpp"

#include "files/file.hpp"
#include "files/tree.hpp"

#include <random>
#include <set>
#include <string>

using namespace kernel;
namespace files = kernel::files;

namespace {

constexpr std::uint32_t mib = 0x100000;

class Ours {
public:
    Ours() {
        for (int i = 0; i < depth_of_folders; ++i) {
            REQUIRE(files::make_directory(base(), "d", 0755).has_value());
            current_ = Reference<files::Directory>(files::find(base(), "d").value()->as_directory());
        }
    }
    ~Ours() { empty(*root_); }

    int run(const FileCommand& command) {
        switch (command.what) {
        case 'f':
            return number(files::open(base(), command.one, command.flags, 0644));
        case 'd':
            return number(files::make_directory(base(), command.one, 0755));
        case 's':
            return number(files::make_symbolic_link(base(), command.one, command.two));
        case 'u':
            return number(files::remove(base(), command.one));
        case 'r':
            return number(files::remove_directory(base(), command.one));
        case 'm':
            return number(files::rename(base(), command.one, base(), command.two));
        default: {
            const auto node = files::find(base(), command.one, files::LastLink::Keep);
            return node ? number(files::make_link(base(), *node, command.two)) : number(node);
        }
        }
    }

    std::multiset<std::string> list() {
        std::multiset<std::string> paths;
        list(*current_, ".", paths);
        return paths;
    }

private:
    static void list(files::Directory& directory, const std::string& above, std::multiset<std::string>& paths) {
        for (auto next = directory.next(2).value(); next.node; next = directory.next(next.position).value()) {
            const std::string path = above + "/" + std::string(next.name);
            files::Directory* below = next.node->as_directory();
            paths.insert(path + " " + std::to_string(next.node->mode() & S_IFMT) + " " +
                         (below != nullptr ? "-" : std::to_string(next.node->link_count())));
            if (below != nullptr) {
                list(*below, path, paths);
            }
        }
    }
    files::Base base() const { return {root_, current_}; }
    template <typename T>
    static int number(const Result<T>& result) {
        return result ? 0 : static_cast<int>(result.error());
    }

    FrameMemory memory_{2 * mib};
    Reference<files::Directory> root_{new files::Directory(0755, nullptr)};
    Reference<files::Directory> current_{root_};
};

class Generator {
public:
    explicit Generator(unsigned seed) : random_(seed) {}
    FileCommand next() {
        constexpr std::string_view commands = "fffddssurrmmml";
        constexpr unsigned open_flags[] = {O_RDONLY,         O_WRONLY,           O_CREAT,
                                           O_CREAT | O_EXCL, O_CREAT | O_WRONLY, O_DIRECTORY,
                                           O_NOFOLLOW,       O_WRONLY | O_TRUNC, O_CREAT | O_EXCL | O_WRONLY | O_TRUNC,
                                           O_TRUNC};
        FileCommand command{commands[random_() % commands.size()], path(4), path(4),
                            open_flags[random_() % std::size(open_flags)]};
        if (command.what == 's') {
            command.one = path(2);
        }
        return command;
    }

private:
    std::string path(unsigned names) {
        constexpr const char* all[] = {"a", "b", "c", "e", "a", "b", "c", ".", ".."};
        std::string path;
        for (unsigned long i = 0, count = random_() % names + 1; i < count; ++i) {
            path += std::string(i == 0 ? "" : random_() % 8 == 0 ? "//" : "/") + all[random_() % std::size(all)];
        }
        return path + (random_() % 8 == 0 ? "/" : "");
    }
    std::mt19937 random_;
};

} // namespace

TEST_CASE("commands on files have the results that they have on this machine") {
    const HostFolder host;
    Ours ours;
    const unsigned seed = 20261128;
    Generator generator(seed);
    std::set<int> met;
    for (int i = 0; i < 40'000; ++i) {
        const FileCommand command = generator.next();
        INFO(i << ": " << command.what << " '" << command.one << "' '" << command.two << "' " << command.flags);
        const int expected = host.run(command);
        REQUIRE(ours.run(command) == expected);
        met.insert(expected);
        if (i % 100 == 0) {
            REQUIRE(ours.list() == host.list());
        }
    }
    // The commands went wrong in all the ways that they should.
    for (const int error : {0, ENOENT, EEXIST, ENOTDIR, EISDIR, EINVAL, ENOTEMPTY, ELOOP, EBUSY, EPERM}) {
        CHECK(met.count(error) == 1);
    }
}
