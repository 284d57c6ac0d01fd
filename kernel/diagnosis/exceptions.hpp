// Exceptions: what becomes of the code that raised one, a program or the kernel (chapter 5).
#pragma once

namespace kernel::exceptions {

/// Handles vectors 0 to 31 from now on. First the upper layers are asked (diagnosis/upper_layers.hpp). If none can help,
/// there is a report (diagnosis/report.hpp), and the program ends, or the machine stops if it was the kernel. Interrupts
/// must have been initialized.
void initialize();

} // namespace kernel::exceptions
