// Segmentation: building and loading the GDT (chapter 4).
#include "cpu/gdt.hpp"

#include "cpu/registers.hpp"

#include "layout.h"

#include <cstddef>

/// Loads the GDT and every segment register with the kernel's selectors (cpu/gdt_load.asm).
extern "C" void gdt_load(const kernel::cpu::TablePointer* pointer);

namespace kernel::gdt {

namespace {

constexpr std::size_t index_of(std::uint32_t selector) {
    return selector / sizeof(Descriptor);
}

Descriptor table[index_of(TSS_SEGMENT) + 1];

} // namespace

void initialize() {
    table[index_of(KERNEL_CODE)] = Descriptor::code(Privilege::Kernel);
    table[index_of(KERNEL_DATA)] = Descriptor::data(Privilege::Kernel);
    table[index_of(USER_CODE)] = Descriptor::code(Privilege::User);
    table[index_of(USER_DATA)] = Descriptor::data(Privilege::User);

    const cpu::TablePointer pointer{
        .limit = sizeof(table) - 1,
        .base = reinterpret_cast<std::uint32_t>(table),
    };
    gdt_load(&pointer);
    // No LDT: #GP for each selector with TI (Vol. 2A, LLDT). The reset leaves one at address 0 (Vol. 3A, table 9-1), where
    // programs could write descriptors of their own.
    cpu::load_ldt_register(0);
}

void set_tss(Descriptor descriptor) {
    table[index_of(TSS_SEGMENT)] = descriptor;
}

} // namespace kernel::gdt
