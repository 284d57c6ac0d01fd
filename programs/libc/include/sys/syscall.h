// The numbers of the system calls: SYS_exit, SYS_read ... (chapter 13).
#pragma once

enum system_call_number {
#define SYSTEM_CALL(number, name, ...) SYS_##name = number,
#include "abi/system_calls.def"
#undef SYSTEM_CALL
};
