// The TSS: layout and loading (chapter 11).
#include "cpu/tss.hpp"

#include "cpu/gdt.hpp"
#include "cpu/registers.hpp"

#include "layout.h"

#include <cstddef>

namespace kernel::tss {

namespace {

/// The 32-bit task state segment (Intel SDM Vol. 3A, 7.2.1 Task-State Segment, figure 7-2). Tasks
/// are not switched in hardware here: the processor reads ss0, esp0 and the I/O map base; and the
/// previous task when a program executes iret with NT set, which 0 refuses (7.4 Task Linking).
struct TaskStateSegment {
    std::uint32_t previous_task;
    std::uint32_t esp0; // the stack for privilege level 0
    std::uint32_t ss0;
    std::uint32_t unused[22]; // stacks of levels 1 and 2, and a task's registers
    std::uint16_t trap;
    std::uint16_t io_map_base;
};
static_assert(sizeof(TaskStateSegment) == 104 && offsetof(TaskStateSegment, esp0) == 4);
static_assert(offsetof(TaskStateSegment, io_map_base) == 102);

TaskStateSegment segment;

} // namespace

void initialize() {
    segment.ss0 = KERNEL_DATA;
    // An I/O permission bitmap that starts past the limit does not exist: privilege level 3 may
    // touch no port (Intel SDM Vol. 1, 19.5.2 I/O Permission Bit Map).
    segment.io_map_base = sizeof(segment);
    gdt::set_tss(gdt::Descriptor::tss(reinterpret_cast<std::uint32_t>(&segment), sizeof(segment) - 1));
    cpu::load_task_register(TSS_SEGMENT);
}

void set_kernel_stack(std::uint32_t end) {
    segment.esp0 = end;
}

} // namespace kernel::tss
