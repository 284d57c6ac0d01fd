// What the report of a page fault says of it: what lies at the address, the walk that failed, the bit that forbade it (chapter 8).
#pragma once

namespace kernel::page_fault_report {

/// Adds all this to the report of page faults from now on. And from now on reports read whatever
/// memory the tables in use map, the program's too: by walking them, so that nothing can fault.
void enable();

} // namespace kernel::page_fault_report
