// Every address, selector and vector of the system, and some limits, each written here and nowhere else (all chapters).
// Plain `#define NAME number` only: g++ includes this file, the linker scripts go through the preprocessor,
// and the Makefile turns it into build/layout.inc for NASM.

// --- The address space (chapter 8) ---
#define PAGE_SIZE          0x1000
#define LARGE_PAGE_SIZE    0x400000   // a directory entry with PS set maps this much
#define KERNEL_BASE        0xC0000000 // user space ends and the direct map of physical memory begins
#define KERNEL_LOAD        0x00100000 // physical: GRUB loads the kernel here, 1 MiB
#define DIRECT_MAP_SIZE    0x38000000 // 896 MiB: physical p is seen at KERNEL_BASE + p
#define BOOT_MAP_SIZE      0x00400000 // how much of it the boot page directory maps
#define KERNEL_HEAP        0xF8000000 // the kernel heap's region (chapter 10)
#define KERNEL_HEAP_SIZE   0x01000000
#define KERNEL_STACKS      0xFF800000 // one slot per process, so 511 of them (chapter 11)
#define KERNEL_STACKS_SIZE 0x00800000
#define KERNEL_STACK_SLOT  0x4000 // the lower half of a slot stays unmapped: its guard
#define KERNEL_STACK_SIZE  0x2000 // the upper half is the stack

// --- User space (chapters 7, 11, 14) ---
#define FLAT_BASE         0x00000000 // flat programs are copied here
#define ELF_BASE          0x08048000 // where linker/elf.ld puts ELF programs
#define POSITION_INDEPENDENT_BASE 0x56555000 // where such programs go (chapter 20), as on Linux
#define USER_STACK_BOTTOM 0xBFFFC000 // lowest byte of the user stack; it ends at KERNEL_BASE
#define USER_STACK_SIZE   0x4000
#define USER_STACK_LIMIT  0x800000   // how far it may grow (chapter 19): 8 MiB, as Linux has it
#define USER_MEMORY_END   0xBFFFB000 // a program's other memory ends here: a page below the stack stays unmapped

// --- Segment selectors: index * 8 + requested privilege level (chapter 4) ---
#define KERNEL_CODE 0x08
#define KERNEL_DATA 0x10
#define USER_CODE   0x18 // without the privilege level: a program's cs is USER_CODE | 3
#define USER_DATA   0x20
#define TSS_SEGMENT 0x28
#define THREAD_SEGMENT 0x30 // in no table until a program asks for it (chapter 20)

// --- Interrupt vectors (chapter 5) ---
#define PIC_MASTER_VECTOR  0x20 // IRQ 0-7
#define PIC_SLAVE_VECTOR   0x28 // IRQ 8-15
#define SYSTEM_CALL_VECTOR 0x80

// --- Time (chapter 6) ---
#define TICKS_PER_SECOND 100

// --- Limits (chapter 15) ---
#define OPEN_FILES_MAX 256 // descriptors of one process

// --- Devices (chapter 3) ---
#define VGA_TEXT 0x000B8000 // physical: the screen's character cells
