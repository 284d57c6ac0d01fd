// Running the programs that the boot loader brought along (chapter 11).
#include "process/modules.hpp"

#include "cpu/registers.hpp"
#include "diagnosis/symbols.hpp"
#include "drivers/serial.hpp"
#include "lib/log.hpp"
#include "memory/frames.hpp"
#include "memory/kernel_heap.hpp"
#include "process/process.hpp"
#include "program/arguments.hpp"
#include "program/image.hpp"

#include "layout.h"

#include <cstddef>

namespace kernel::process {

namespace {

std::span<const std::byte> contents(const multiboot::Module& module) {
    return {at_physical<const std::byte>(module.memory.begin), module.memory.size()};
}

WaitStatus run_to_end(Process* process, std::size_t file_size) {
    while (!serial::has_room()) { // after long reports of the program before
        cpu::wait_for_interrupt();
    }
    log::info("process {} ({}): started, {}, {} bytes", process->id(), process->name(), process->kind(), file_size);
    const WaitStatus status = run(*process);
    if (!status.was_killed()) { // a kill was logged with its reason
        log::info("process {} ({}): exited with status {}", process->id(), process->name(), status.exit_status());
    }
    delete process;
    return status;
}

/// Runs the module until it ends; nothing if it is not a program.
std::optional<WaitStatus> run_module(const multiboot::Module& module) {
    const ByteSource file = split_symbols(contents(module)).file;
    const std::string_view name = arguments::program_name(module.string);
    switch (image::recognize(file)) {
    case image::Kind::Empty:
        log::warn("module {}: is empty, nothing to run", name);
        return std::nullopt;
    case image::Kind::Tar:
        log::info("module {}: a tar archive, not a program", name);
        return std::nullopt;
    case image::Kind::Text:
        log::info("module {}: a text, not a program", name);
        return std::nullopt;
    case image::Kind::Flat:
    case image::Kind::Elf:
        break;
    }
    const Result<Process*> process = Process::create(contents(module), module.string);
    if (!process) {
        log::error("module {}: could not be started (errno {})", name, static_cast<std::int32_t>(process.error()));
        return std::nullopt;
    }
    return run_to_end(*process, file.size());
}

} // namespace

std::optional<WaitStatus> run_modules(std::span<const multiboot::Module> modules) {
    std::optional<WaitStatus> first_status;
    for (const multiboot::Module& module : modules) {
        const std::optional<WaitStatus> status = run_module(module);
        // The same sum each time, or a process has kept some: what the heap has grown by it keeps.
        log::debug("module {}: {} frames are free now, {} are the heap's", arguments::program_name(module.string),
                   frames::free_count(), heap::statistics().size / PAGE_SIZE);
        if (!status) {
            continue;
        }
        if (!first_status) {
            first_status = status;
        }
    }
    if (!first_status) {
        log::warn("no program to run: none of the boot loader's modules is a program");
    }
    return first_status;
}

} // namespace kernel::process
