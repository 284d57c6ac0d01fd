// Processes: the first frame, the table, and the program break (chapter 11).
#include "process/process.hpp"

#include "cpu/registers.hpp"
#include "lib/log.hpp"
#include "lib/panic.hpp"
#include "memory/frames.hpp"
#include "memory/paging.hpp"
#include "program/arguments.hpp"

#include "layout.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace kernel {

namespace {

constexpr std::uint32_t user_privilege = 3;

/// The processes by number. A number leads to one of many short lists.
constexpr std::int32_t highest_id = 32767;
constexpr std::size_t list_count = 256;
constinit std::array<List<Process, ProcessTableTag>, list_count> table;
std::int32_t last_id = 0;
std::uint32_t process_count = 0;

constinit List<Process, AbandonedTag> abandoned;

void (*attention_hook)(interrupts::Frame& frame) = [](interrupts::Frame&) {};

bool (*is_kept)(std::int32_t id) = [](std::int32_t) { return false; };

std::array<process::MakeExtension, process::maximum_extensions> make_extension{};
std::size_t extension_count = 0;

/// What the break's memory is until it is only promised (chapter 19): frames, at once.
Result<void> map_or_unmap(Process& process, VirtualAddress old_end, VirtualAddress new_end) {
    AddressSpace& space = process.address_space();
    for (VirtualAddress page = old_end; page < new_end; page = page + PAGE_SIZE) {
        Result<frames::Owner> frame = frames::allocate_zeroed();
        if (!frame || !space.map(page, *frame, Access::Writable)) {
            space.unmap(old_end, page);
            return std::unexpected(Error::OutOfMemory);
        }
    }
    space.unmap(new_end, old_end);
    return {};
}

Result<void> (*resize_break_memory)(Process& process, VirtualAddress old_end, VirtualAddress new_end) = map_or_unmap;

List<Process, ProcessTableTag>& list_of(std::int32_t id) {
    return table[static_cast<std::size_t>(id) % list_count];
}

/// The next number that no process has and that is not kept. A number is used again only after all others, so an old one
/// names no other process for a long time.
std::int32_t new_id() {
    do {
        last_id = last_id == highest_id ? 1 : last_id + 1;
    } while (process::find(last_id) != nullptr || is_kept(last_id));
    return last_id;
}

} // namespace

Process::Process(std::string_view name, AddressSpace space, KernelStack stack, const program::Start& start,
                 ByteSource file)
    : Thread(std::move(stack)), id_(new_id()), name_length_(std::min(name.size(), sizeof(name_))),
      space_(std::move(space)), start_(start), file_(file), break_(start.break_begin) {
    std::memcpy(name_, name.data(), name_length_);
    directory = space_.directory();
    list_of(id_).push_back(*this);
    ++process_count;
}

Process::~Process() {
    for (Extension* extension : extensions_) {
        delete extension;
    }
    static_cast<Link<ProcessTableTag>&>(*this).unlink();
    --process_count;
}

Result<Process*> Process::create(ByteSource file, std::string_view arguments) {
    const std::string_view name = arguments::program_name(arguments);
    AddressSpace space = TRY(AddressSpace::create());
    const program::Start start = TRY(program::load(space, name, file, arguments));
    KernelStack stack = TRY(KernelStack::create());
    auto* made = new (std::nothrow) Process(name, std::move(space), std::move(stack), start, file);
    if (made == nullptr) {
        return std::unexpected(Error::OutOfMemory);
    }
    for (std::size_t slot = 0; slot < extension_count; ++slot) {
        const Result<Extension*> extension = make_extension[slot](*made);
        if (!extension) {
            delete made;
            return std::unexpected(extension.error());
        }
        made->extensions_[slot] = *extension;
    }
    made->prepare_kernel_stack(process::first_frame(start));
    return made;
}

/// As if the program had been interrupted just before its first instruction.
interrupts::Frame process::first_frame(const program::Start& start) {
    interrupts::Frame frame{}; // all general registers start as 0
    frame.ds = frame.es = frame.fs = frame.gs = USER_DATA | user_privilege;
    // What iret pops (Intel SDM Vol. 2A, IRET/IRETD: return to outer privilege level): eip, cs,
    // eflags, esp, ss.
    frame.eip = start.entry.value();
    frame.cs = USER_CODE | user_privilege;
    frame.eflags = cpu::eflags_reserved | cpu::eflags_interrupt; // IOPL 0: no cli, sti, in or out
    frame.user_esp = start.stack.value();
    frame.user_ss = USER_DATA | user_privilege;
    return frame;
}

Process* process::find(std::int32_t id) {
    List<Process, ProcessTableTag>& list = list_of(id);
    for (Process* one = list.front(); one != nullptr; one = list.after(*one)) {
        if (one->id() == id) {
            return one;
        }
    }
    return nullptr;
}

Process* process::next(std::int32_t id) {
    Process* lowest = nullptr;
    for (List<Process, ProcessTableTag>& list : table) {
        for (Process* one = list.front(); one != nullptr; one = list.after(*one)) {
            if (one->id() >= id && (lowest == nullptr || one->id() < lowest->id())) {
                lowest = one;
            }
        }
    }
    return lowest;
}

std::uint32_t process::count() {
    return process_count;
}

void process::set_kept_numbers(bool (*function)(std::int32_t id)) {
    is_kept = function;
}

void process::set_break_memory(Result<void> (*resize)(Process& process, VirtualAddress old_end,
                                                      VirtualAddress new_end)) {
    resize_break_memory = resize;
}

void process::abandon(Process& process) {
    static_cast<Link<ProcessTableTag>&>(process).unlink();
    abandoned.push_back(process);
}

void process::bury_abandoned() {
    while (Process* process = abandoned.pop_front()) {
        delete process;
    }
}

void process::call_attention(Process& process) {
    if (&process != scheduler::running) {
        process.call_first([](interrupts::Frame& frame) {
            if (current().has_attention) {
                attend(frame);
            }
        });
    }
    scheduler::call_attention(process);
}

void Process::kill(WaitStatus status) {
    killed_ = status;
    is_doomed = true;
    process::call_attention(*this);
}

void process::attend(interrupts::Frame& frame) {
    if (current().has_had_turn) {
        current().has_had_turn = false;
        scheduler::yield();
        if (!current().has_attention) {
            return;
        }
    }
    if (const std::optional<WaitStatus>& killed = current().killed(); killed) {
        end_current(*killed);
    }
    attention_hook(frame);
}

void process::set_attention_hook(void (*hook)(interrupts::Frame& frame)) {
    attention_hook = hook;
}

std::size_t process::add_extension(MakeExtension make) {
    KERNEL_ASSERT(extension_count < maximum_extensions, "there is a slot for each chapter's extension");
    make_extension[extension_count] = make;
    return extension_count++;
}

WaitStatus run(Process& process) {
    scheduler::start(process);
    while (!process.ended() || process::count() > 1) {
        scheduler::run_threads();
        process::bury_abandoned();
    }
    return *process.ended();
}

void end_current(WaitStatus status) {
    Process& process = current();
    process.ended_ = status;
    for (std::size_t slot = extension_count; slot-- > 0;) { // what was hung on last knows the ones before
        process.extensions_[slot]->end(process);
    }
    paging::load(paging::kernel_directory());
    process.space_ = AddressSpace();
    scheduler::leave(!process.has_parent_);
}

Result<void> Process::set_program_break(VirtualAddress new_break) {
    if (lender_ != nullptr) {
        return memory_owner().set_program_break(new_break);
    }
    if (new_break < start_.break_begin || new_break.value() > USER_MEMORY_END) {
        return std::unexpected(Error::InvalidArgument);
    }
    const VirtualAddress old_end(page_round_up(break_.value()));
    const VirtualAddress new_end(page_round_up(new_break.value()));
    if (new_end > old_end && (new_end.value() - old_end.value()) / PAGE_SIZE > frames::free_count()) {
        return std::unexpected(Error::OutOfMemory); // at once, not after having zeroed all memory there is
    }
    if (new_break > break_ && break_ < old_end) {
        TRY(space_.own(break_)); // its page is cleared below
    }
    TRY(resize_break_memory(*this, old_end, new_end));
    // The rest of the last page is the program's to write. Should it become new memory one day, the
    // promise is that it is zero.
    if (new_break > break_ && break_ < old_end) {
        space_.clear(break_, std::min(new_break, old_end));
    }
    break_ = new_break;
    return {};
}

} // namespace kernel
