// The program of a process, which does not change while it runs (chapter 15).
#pragma once

#include "files/node.hpp"
#include "lib/reference.hpp"

#include <utility>

namespace kernel::files {

/// The file of a program that runs, or nothing. While it is kept here, the file can't be written to.
class RunningProgram {
public:
    RunningProgram() = default;
    /// Who calls this has asked whether the file may be run.
    explicit RunningProgram(Reference<Node> file) : file_(std::move(file)) { take(); }
    RunningProgram(const RunningProgram& other) : file_(other.file_) { take(); }
    RunningProgram& operator=(RunningProgram other) {
        std::swap(file_, other.file_);
        return *this;
    }
    ~RunningProgram() {
        if (file_) {
            file_->remove_runner();
        }
    }

    [[nodiscard]] const Reference<Node>& file() const { return file_; }

private:
    void take() {
        if (file_) {
            file_->add_runner();
        }
    }

    Reference<Node> file_;
};

} // namespace kernel::files
