// The system call execve: another program, from a file, in the place of the one that calls (chapter 16).
#include "cpu/registers.hpp"
#include "files/process_files.hpp"
#include "lib/log.hpp"
#include "memory/new.hpp"
#include "memory/user_memory.hpp"
#include "program/image.hpp"
#include "program/program.hpp"
#include "syscall/file_calls.hpp"
#include "syscall/program_file.hpp"
#include "syscall/system_call.hpp"
#include "syscall/user_path.hpp"

#include "layout.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace kernel::system_call {

namespace {

/// A script's interpreter may be a script: so often, as on Linux.
constexpr unsigned most_scripts = 5;
/// Of a script's first line no more is looked at, as on Linux.
constexpr std::size_t script_line_size = 256;

/// The words of argv and of the environment, copied out of the program that is about to go.
class Words {
public:
    explicit Words(std::span<char> room) : bytes_(room) {}

    Result<void> copy(UserPointer<const std::uint32_t> arguments, UserPointer<const std::uint32_t> environment) {
        argument_count_ = TRY(append(arguments));
        if (argument_count_ == 0) {
            TRY(put_first("")); // as Linux has it: no program is without a name
        }
        TRY(append(environment));
        return {};
    }

    Result<void> put_first(std::string_view word) {
        if (word.size() >= bytes_.size() - length_) {
            return std::unexpected(Error::ArgumentsTooBig);
        }
        std::memmove(bytes_.data() + word.size() + 1, bytes_.data(), length_);
        std::memcpy(bytes_.data(), word.data(), word.size());
        bytes_[word.size()] = '\0';
        length_ += word.size() + 1;
        ++argument_count_;
        return {};
    }

    void remove_first() {
        const std::size_t size = std::strlen(first()) + 1;
        length_ -= size;
        std::memmove(bytes_.data(), bytes_.data() + size, length_);
        --argument_count_;
    }

    [[nodiscard]] const char* first() const { return bytes_.data(); }
    [[nodiscard]] std::size_t left() const { return bytes_.size() - length_; }
    [[nodiscard]] Arguments all() const { return {.words = {first(), length_}, .argument_count = argument_count_}; }

private:
    /// Appends the strings that the null-terminated array of pointers at `array` names, and returns how many.
    Result<std::uint32_t> append(UserPointer<const std::uint32_t> array) {
        for (std::uint32_t count = 0;; ++count) {
            if (array.is_null()) {
                return count; // as Linux has it: no array is an empty one
            }
            std::uint32_t address = 0;
            TRY(user_memory::copy_in(&address, (array + count).address(), sizeof(address)));
            if (address == 0) {
                return count;
            }
            const auto room = std::span(bytes_).subspan(length_);
            const Result<std::size_t> length = copy_string_from_user(room, UserPointer<const char>(address));
            if (!length) {
                return std::unexpected(length.error() == Error::NameTooLong ? Error::ArgumentsTooBig : length.error());
            }
            length_ += *length + 1;
            if (count % 256 == 255) { // there may be 130,000 words, which take 0.1 s
                cpu::handle_pending_interrupts();
            }
        }
    }

    std::span<char> bytes_;
    std::size_t length_ = 0;
    std::uint32_t argument_count_ = 0;
};

/// A script begins with a line "#! interpreter argument", the argument being all that follows, if anything does. Both go
/// before the words that there are. BadExecutable for any other text.
Result<void> put_interpreter_first(ByteSource script, Words& words) {
    constexpr std::string_view blanks = " \t";
    char buffer[script_line_size];
    script = script.first(std::min(script.size(), sizeof(buffer)));
    script.copy_to(buffer);
    std::string_view line(buffer, script.size());
    if (!line.starts_with("#!")) {
        return std::unexpected(Error::BadExecutable);
    }
    const std::size_t line_end = line.find('\n');
    line = line.substr(0, std::min(line_end, script_line_size - 1));
    line.remove_prefix(std::min(line.find_first_not_of(blanks, 2), line.size()));
    line = line.substr(0, line.find_last_not_of(blanks) + 1);
    const std::size_t name_end = line.find_first_of(blanks);
    const bool is_cut_off = line_end == line.npos && name_end == line.npos && script.size() == sizeof(buffer);
    if (line.empty() || is_cut_off) {
        return std::unexpected(Error::BadExecutable);
    }
    if (name_end != line.npos) {
        TRY(words.put_first(line.substr(line.find_first_not_of(blanks, name_end))));
    }
    return words.put_first(line.substr(0, name_end));
}

/// Copies the program's words into the room that is returned, which has `spare` bytes left then if it can have. A page is
/// nearly always enough. The largest room is much more work, for the heap fills what it takes back.
Result<std::unique_ptr<char[]>> copy_words(Words& words, UserPointer<const std::uint32_t> arguments,
                                           UserPointer<const std::uint32_t> environment, std::size_t spare) {
    const std::size_t largest = program::argument_room();
    for (std::size_t size = PAGE_SIZE;; size = largest) {
        std::unique_ptr<char[]> room = TRY(allocate<char[]>(size));
        words = Words({room.get(), size});
        const Result<void> copied = words.copy(arguments, environment);
        const bool is_enough = copied ? words.left() >= spare : copied.error() != Error::ArgumentsTooBig;
        if (is_enough || size == largest) {
            TRY(copied);
            return room;
        }
    }
}

} // namespace

void enable_execve() {}

Result<ProgramFile> find_program(std::string_view path) {
    ProgramFile file = TRY(files::find(files::of(current()).base(), path));
    if (file->kind() != files::Node::Kind::File || (file->mode() & 0111) == 0) {
        return std::unexpected(Error::AccessDenied);
    }
    TRY(file->may_be_run());
    return file;
}

// Nothing else runs while a program is loaded, so the file has the size that it had at first.
ByteSource bytes_of(const ProgramFile& file) {
    const auto read = [](const void* node, std::size_t offset, std::span<std::byte> to) {
        files::KernelTransfer transfer(to);
        static_cast<void>(const_cast<files::Node*>(static_cast<const files::Node*>(node))->read(offset, transfer));
    };
    const auto page = [](const void* node, std::size_t offset) {
        return static_cast<const files::Node*>(node)->page(offset / PAGE_SIZE);
    };
    return {file.get(), read, static_cast<std::size_t>(std::min<std::uint64_t>(file->size(), SIZE_MAX)), page};
}

namespace calls {

/// Replaces the program by the one in the file at `path`, which gets the strings of `arguments` and `environment`; both
/// arrays end with a null pointer. Of a script, the interpreter is run. Does not return, unless it fails: then the old
/// program goes on.
Result<std::uint32_t> execve(UserPointer<const char> path, UserPointer<const std::uint32_t> arguments,
                             UserPointer<const std::uint32_t> environment) {
    UserPath name;
    TRY(name.copy(path));
    ProgramFile file = TRY(find_program(name.text()));
    Words words({});
    const std::size_t for_scripts = name.text().size() + 1 + most_scripts * script_line_size;
    const std::unique_ptr<char[]> room = TRY(copy_words(words, arguments, environment, for_scripts));
    for (unsigned scripts = 0; image::recognize(bytes_of(file)) == image::Kind::Text; ++scripts) {
        if (scripts == 0) {
            words.remove_first();
            TRY(words.put_first(name.text()));
        }
        TRY(put_interpreter_first(bytes_of(file), words));
        file = TRY(find_program(words.first()));
        if (scripts == most_scripts) {
            return std::unexpected(Error::TooManyLinks);
        }
    }
    log::begin_record_only(); // the caller gets an error: its reason is for the log, not for everybody's screen
    const std::string_view program = name.text().substr(name.text().rfind('/') + 1);
    const Result<void> loaded = current().exec(program, bytes_of(file), words.all());
    log::end_record_only();
    TRY(loaded);
    files::of(current()).program = files::RunningProgram(file);
    return 0U;
}

} // namespace calls

} // namespace kernel::system_call
