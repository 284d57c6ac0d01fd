// What upper layers lend to the path of an exception: one structure of their functions (chapter 5).
#pragma once

#include "cpu/interrupts.hpp"
#include "diagnosis/symbols.hpp"

#include <cstdint>

namespace kernel::exceptions {

/// Each function belongs to a layer that this one must not know. The layer enters it when it is initialized; until then
/// the member is null.
struct UpperLayers {
    /// True if a page fault has been resolved, and the instruction can be tried again (chapter 19).
    bool (*resolve_page_fault)(const interrupts::Frame& frame);

    /// Gives the floating-point unit to the program that has just tried to use it (chapter 17).
    void (*give_floating_point)();

    /// Offered each exception that the kernel itself raises: true if it has changed the frame so that the kernel goes on
    /// elsewhere (chapter 12: a copy to or from a bad user pointer).
    bool (*fix_up)(interrupts::Frame& frame);

    /// Offered each exception of a program: true if the program handles it itself, by a signal (chapter 18).
    bool (*begin_handler)(interrupts::Frame& frame);

    /// Called before the report of a program that ends so (chapter 18: its parent tells of it, so the report is recorded).
    void (*begin_report)();

    /// Ends the program whose exception was reported; must not return (chapter 11).
    void (*end_program)(const interrupts::Frame& frame);

    /// Copies `size` bytes from any address without ever faulting; false if not all of them can be read (chapter 8).
    bool (*read_memory)(void* to, std::uint32_t address, std::uint32_t size);

    /// Adds to the report what the processor's error code can't say (chapter 8).
    void (*explain_page_fault)(const interrupts::Frame& frame);

    /// Looks an address up in the file of the program that runs now (chapter 11).
    SymbolTable::Place (*find_in_program)(std::uint32_t address);
};

inline constinit UpperLayers upper_layers{};

} // namespace kernel::exceptions
