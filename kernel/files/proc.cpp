// /proc: what the kernel knows of its processes and of itself, as files (chapter 18).
#include "files/proc.hpp"

#include "drivers/pit.hpp"
#include "files/file.hpp"
#include "files/process_files.hpp"
#include "files/root.hpp"
#include "lib/panic.hpp"
#include "memory/frames.hpp"
#include "memory/new.hpp"
#include "process/family.hpp"
#include "process/signals.hpp"
#include "process/timer.hpp"

#include "layout.h"

#include <algorithm>
#include <new>

namespace kernel::files {

namespace {

using WriteProcess = void (*)(Process& process, Text& to);

struct ProcessFile {
    std::string_view name;
    WriteProcess write;
};
constinit std::array<ProcessFile, 8> files_of_a_process{};
std::uint32_t process_file_count = 0;

/// Numbers of nodes, which no other ones have: of the file `index` in the directory of the process `id`; 0 is /proc itself.
constexpr std::uint32_t number_of(std::int32_t id, std::uint32_t index) {
    return 1U << 31 | static_cast<std::uint32_t>(id) << 12 | index;
}
constexpr std::uint32_t cwd_index = 0x7F0;
constexpr std::uint32_t exe_index = 0x7F1;
constexpr std::uint32_t fd_index = 0x800; // its descriptors' links come after it

/// The number that a name is; 0 if it is none. A leading zero is not part of one.
std::int32_t number_in(std::string_view name) {
    std::int32_t number = 0;
    for (const char digit : name) {
        if (digit < '0' || digit > '9' || (digit == '0' && number == 0) || number > 99999) {
            return 0;
        }
        number = 10 * number + (digit - '0');
    }
    return number;
}

template <typename T, typename... Arguments>
Result<Reference<Node>> made(Arguments&&... arguments) {
    return Reference<Node>(TRY(allocate<T>(std::forward<Arguments>(arguments)...)));
}

Result<Reference<Node>> file(std::uint32_t number, Write write, std::int32_t key) {
    return made<GeneratedFile>(number, write, key);
}

/// Nothing leads nowhere: a process that came as a module has no file as its program.
Result<Reference<Node>> link(std::uint32_t number, Reference<Node> end) {
    return end ? made<NodeLink>(number, std::move(end)) : Reference<Node>();
}

class DescriptorDirectory final : public GeneratedDirectory {
public:
    DescriptorDirectory(std::int32_t id, Directory& parent)
        : GeneratedDirectory(number_of(id, fd_index), parent), id_(id) {}

private:
    Result<Reference<Node>> make(std::string_view name) override {
        const int descriptor = name == "0" ? 0 : number_in(name);
        Process* const process = descriptor != 0 || name == "0" ? process::find(id_) : nullptr;
        const Result<OpenFile*> open =
            process != nullptr ? of(*process).descriptors.find(descriptor) : std::unexpected(Error::NoProcess);
        const auto index = fd_index + 1 + static_cast<std::uint32_t>(descriptor);
        return open ? link(number_of(id_, index), Reference<Node>(&(*open)->node())) : Reference<Node>();
    }
    std::string_view name_after(std::uint32_t& position, NameBuffer& buffer) override {
        constexpr std::uint32_t first = 3; // position of descriptor 0
        Process* const process = process::find(id_);
        while (process != nullptr && ++position < first + Descriptors::count) {
            if (of(*process).descriptors.find(static_cast<int>(position - first))) {
                return format(buffer, "{}", position - first);
            }
        }
        return {};
    }
    std::int32_t id_;
};

class ProcessDirectory final : public GeneratedDirectory {
public:
    ProcessDirectory(std::int32_t id, Directory& parent) : GeneratedDirectory(number_of(id, 0), parent), id_(id) {}

private:
    static constexpr std::string_view names[] = {"fd", "cwd", "exe"}; // and then those of files_of_a_process

    template <std::size_t index>
    static Result<void> write_file(std::int32_t id, Text& to) {
        Process* const process = process::find(id);
        if (process == nullptr) {
            return std::unexpected(Error::NoProcess);
        }
        files_of_a_process[index].write(*process, to);
        return {};
    }
    template <std::size_t... index>
    static constexpr std::array<Write, sizeof...(index)> writes(std::index_sequence<index...>) {
        return {write_file<index>...};
    }

    Result<Reference<Node>> make(std::string_view name) override {
        Process* const process = process::find(id_);
        if (process == nullptr) {
            return Reference<Node>();
        }
        if (name == "fd") {
            return made<DescriptorDirectory>(id_, *this);
        }
        if (name == "cwd") {
            return link(number_of(id_, cwd_index), of(*process).current);
        }
        if (name == "exe") {
            return link(number_of(id_, exe_index), of(*process).program.file());
        }
        constexpr auto by_index = writes(std::make_index_sequence<std::tuple_size_v<decltype(files_of_a_process)>>());
        for (std::uint32_t i = 0; i < process_file_count; ++i) {
            if (files_of_a_process[i].name == name) {
                return file(number_of(id_, i + 1), by_index[i], id_);
            }
        }
        return Reference<Node>();
    }
    std::string_view name_after(std::uint32_t& position, NameBuffer&) override {
        const std::uint32_t index = ++position - 3;
        constexpr std::uint32_t own = std::size(names);
        return index < own                        ? names[index]
               : index < own + process_file_count ? files_of_a_process[index - own].name
                                                  : "";
    }
    std::int32_t id_;
};

// --- What the files say, in the words and columns of Linux's proc(5) ---

char state_of(Process& process) {
    return process.ended() ? 'Z' : signals::is_stopped(process) ? 'T' : process.is_asleep ? 'S' : 'R';
}

std::uint32_t resident_pages(Process& process) {
    std::uint32_t count = 0;
    for (auto page = process.address_space().first_page(VirtualAddress(0)); page;
         page = process.address_space().first_page(page->address + PAGE_SIZE)) {
        if (++count % entry_count == 0) { // 100,000 pages take 40 ms
            take_interrupts();
        }
    }
    return count;
}

/// The 52 fields of Linux. What this kernel does not count is 0.
void write_stat(Process& process, Text& to) {
    to.print("{} ({}) {} {} {} {} 0 0 0 0 0 0 0 ", process.id(), process.name(), state_of(process),
             family::parent_of(process), family::group_of(process), family::session_of(process));
    to.print("{} 0 {} 0 20 0 1 0 0 0 {} 4294967295", process.ticks_used(), process.ticks_of_children,
             resident_pages(process));
    for (unsigned field = 26; field <= 52; ++field) {
        to.print(" 0");
    }
    to.print("\n");
}

void write_status(Process& process, Text& to) {
    constexpr struct {
        char letter;
        std::string_view word;
    } states[] = {{'R', "running"}, {'S', "sleeping"}, {'T', "stopped"}, {'Z', "zombie"}};
    const char letter = state_of(process);
    const auto* const state = std::ranges::find(states, letter, [](const auto& one) { return one.letter; });
    to.print("Name:\t{}\nState:\t{} ({})\nTgid:\t{}\nPid:\t{}\nPPid:\t{}\nVmRSS:\t{:8} kB\nThreads:\t1\n",
             process.name(), letter, state->word, process.id(), process.id(), family::parent_of(process),
             resident_pages(process) * (PAGE_SIZE / 1024));
}

/// The strings of argv, each with its NUL: they lie on the stack, where the program may have written over them. All that is
/// looked at is the program's own memory.
void write_cmdline(Process& process, Text& to) {
    const AddressSpace& space = process.address_space();
    std::uint32_t words[2]{}; // argc and argv[0]
    std::uint32_t end = 0;    // the first string of the environment, if there is one
    space.read(process.first_stack(), std::as_writable_bytes(std::span(words)));
    const std::uint32_t after_argv = process.first_stack().value() + (words[0] + 2) * sizeof(std::uint32_t);
    space.read(VirtualAddress(after_argv), std::as_writable_bytes(std::span(&end, 1)));
    end = end == 0 ? KERNEL_BASE : end;
    std::uint32_t left = words[0];
    for (std::uint32_t at = words[1]; left > 0 && at < end && at - words[1] < PAGE_SIZE; ++at) {
        char character = 0;
        if (space.read(VirtualAddress(at), std::as_writable_bytes(std::span(&character, 1))) == 0) {
            break;
        }
        to.put(character);
        left -= character == '\0' ? 1 : 0;
    }
}

Result<void> write_meminfo(std::int32_t, Text& to) {
    constexpr std::uint32_t kibibytes = PAGE_SIZE / 1024;
    to.print("MemTotal:       {:8} kB\nMemFree:        {:8} kB\n", frames::total_count() * kibibytes,
             frames::free_count() * kibibytes);
    return {};
}

Result<void> write_uptime(std::int32_t, Text& to) {
    constexpr std::uint32_t hundredths = 100 / TICKS_PER_SECOND;
    const std::uint32_t ticks = pit::ticks();
    const std::uint32_t idle = timer::idle_ticks();
    to.print("{}.{:02} {}.{:02}\n", ticks / TICKS_PER_SECOND, ticks % TICKS_PER_SECOND * hundredths,
             idle / TICKS_PER_SECOND, idle % TICKS_PER_SECOND * hundredths);
    return {};
}

/// The processor's time, by what it was used for: all but idle time is programs' (see the call `times`).
Result<void> write_processor(std::int32_t, Text& to) {
    const std::uint32_t idle = timer::idle_ticks();
    for (const std::string_view name : {"cpu ", "cpu0"}) {
        to.print("{} {} 0 0 {} 0 0 0 0 0 0\n", name, pit::ticks() - idle, idle);
    }
    return {};
}

Result<void> write_mounts(std::int32_t, Text& to) {
    to.print("rootfs / rootfs rw 0 0\nproc /proc proc ro 0 0\n");
    return {};
}

Result<void> write_filesystems(std::int32_t, Text& to) {
    to.print("nodev\trootfs\nnodev\tproc\n");
    return {};
}

class ProcDirectory final : public GeneratedDirectory {
public:
    explicit ProcDirectory(Directory& parent) : GeneratedDirectory(number_of(0, 0), parent) {}

private:
    static constexpr struct {
        std::string_view name;
        Write write;
    } files[] = {{"self", nullptr}, // a link
                 {"meminfo", write_meminfo}, {"uptime", write_uptime},          {"mounts", write_mounts},
                 {"stat", write_processor},  {"filesystems", write_filesystems}};

    Result<Reference<Node>> make(std::string_view name) override {
        if (const std::int32_t id = number_in(name); id != 0) {
            return process::find(id) != nullptr ? made<ProcessDirectory>(id, *this) : Reference<Node>();
        }
        const auto* const found = std::ranges::find(files, name, [](const auto& one) { return one.name; });
        if (found == std::end(files)) {
            return Reference<Node>();
        }
        if (found->write == nullptr) {
            NameBuffer buffer;
            return Link::create(format(buffer, "{}", current().id()));
        }
        return file(number_of(0, static_cast<std::uint32_t>(found - files) + 1), found->write, 0);
    }
    /// First the files, then the processes in the order of their numbers.
    std::string_view name_after(std::uint32_t& position, NameBuffer& buffer) override {
        constexpr std::uint32_t first_process = 3 + std::size(files); // its position is that of process 0
        if (++position < first_process) {
            return files[position - 3].name;
        }
        Process* const process = process::next(static_cast<std::int32_t>(position - first_process));
        if (process == nullptr) {
            return {};
        }
        position = first_process + static_cast<std::uint32_t>(process->id());
        return format(buffer, "{}", process->id());
    }
};

} // namespace

void enable_proc() {
    Directory& top = *root();
    const Reference<Node> proc(new (std::nothrow) ProcDirectory(top));
    if (top.find("proc")) { // the archive has such a name
        top.remove("proc");
    }
    KERNEL_ASSERT(proc && top.add("proc", proc), "there is memory for /proc");
    add_process_file("stat", write_stat);
    add_process_file("status", write_status);
    add_process_file("cmdline", write_cmdline);
}

void add_process_file(std::string_view name, WriteProcess write) {
    KERNEL_ASSERT(process_file_count < files_of_a_process.size(), "there is room for all files of a process");
    files_of_a_process[process_file_count++] = {name, write};
}

} // namespace kernel::files
