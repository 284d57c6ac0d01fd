// Floating point in programs: whose registers the processor holds, and when they change (chapter 17).
#include "process/process_floating_point.hpp"

#include "cpu/floating_point.hpp"
#include "diagnosis/upper_layers.hpp"
#include "memory/new.hpp"
#include "memory/user_memory.hpp"
#include "process/process.hpp"

namespace kernel::floating_point {

namespace {

std::size_t slot;

/// Whose registers the unit holds; they are newer than those in memory. Null: they are of use to no process, and the unit
/// is locked.
constinit Process* owner = nullptr;

class ProcessRegisters : public Extension {
public:
    [[nodiscard]] Result<Extension*> clone(Process& parent, Process& child) override;
    void exec(Process& process) override { begin_anew(process); }
    void end(Process& process) override;
    /// From now on they are as at a program's start.
    void begin_anew(Process& process);

    Registers registers;
    bool are_used = false; // since the program began
};

ProcessRegisters& of(Process& process) {
    return static_cast<ProcessRegisters&>(process.extension(slot));
}

void take_back() {
    if (owner != nullptr) {
        of(*owner).registers.save();
        owner = nullptr;
        set_locked(true);
    }
}

void give_to(Process& process) {
    set_locked(false);
    owner = &process;
    of(process).registers.load();
}

/// Without saving them: they are of no use any more.
void forget_registers_of(const Process& process) {
    if (owner == &process) {
        owner = nullptr;
        set_locked(true);
    }
}

Result<Extension*> ProcessRegisters::clone(Process& parent, Process& /*child*/) {
    ProcessRegisters* const copy = TRY(allocate<ProcessRegisters>()).release();
    if (owner == &parent) {
        take_back();
        give_to(parent);
    }
    copy->registers = registers;
    copy->are_used = are_used;
    return copy;
}

void ProcessRegisters::begin_anew(Process& process) {
    forget_registers_of(process);
    registers = Registers();
    are_used = false;
}

void ProcessRegisters::end(Process& process) {
    forget_registers_of(process);
}

Result<Extension*> make(Process& /*process*/) {
    return TRY(allocate<ProcessRegisters>()).release();
}

/// The running program has tried to use the unit while it was locked: for the first time.
void give_to_current() {
    of(current()).are_used = true;
    give_to(current());
}

void after_switch(Thread& thread) {
    auto& next = static_cast<Process&>(thread);
    if (owner == &next) {
        return;
    }
    take_back();
    if (of(next).are_used) {
        give_to(next);
    }
}

} // namespace

void enable() {
    slot = process::add_extension(make);
    if (switch_on()) {
        set_locked(true);
        scheduler::set_switch_hook(after_switch);
        exceptions::upper_layers.give_floating_point = give_to_current;
    }
}

Result<std::uint32_t> put_aside(std::uint32_t stack) {
    ProcessRegisters& own = of(current());
    if (!own.are_used) {
        return 0U;
    }
    const std::uint32_t address = (stack - std::uint32_t{sizeof(Registers)}) & ~15U; // for FXSAVE's image
    own.registers.save_for_frame();
    TRY(user_memory::copy_out(address, &own.registers, sizeof(Registers)));
    own.begin_anew(current());
    return address;
}

Result<void> bring_back(std::uint32_t address) {
    ProcessRegisters& own = of(current());
    own.begin_anew(current());
    if (address != 0 && exceptions::upper_layers.give_floating_point != nullptr) { // there is a unit
        TRY(user_memory::copy_in(&own.registers, address, sizeof(Registers)));
        own.are_used = true;
        owner = &current();
        set_locked(false);
        own.registers.load_from_frame();
    }
    return {};
}

} // namespace kernel::floating_point
