// Takes a tree of files apart, for tests: a directory and its parent refer to each other.
#pragma once

#include "files/directory.hpp"

#include <string>

inline void empty(kernel::files::Directory& directory) {
    while (!directory.is_empty()) {
        const auto last = directory.next(2).value();
        const kernel::Reference<kernel::files::Node> kept(last.node);
        directory.remove(std::string(last.name));
        if (kernel::files::Directory* below = kept->as_directory(); below != nullptr) {
            empty(*below);
            below->detach();
        }
    }
}
