/* Tracing: what the kernel tells of the system calls of a process (chapter 18). Shared by the kernel and the programs. */
#pragma once

/* prctl(2), an option that Linux does not have: this process's calls are told to the open file of the descriptor that is the
   first argument, and those of the children that it makes if the second is not 0. It needs the descriptor no more. */
#define PR_TRACE_CALLS 0x54726170

/* One for each call, when it has returned; of exit and exit_group, which don't, when it is made. */
struct trace_record {
    int process;
    unsigned number;
    unsigned arguments[6];
    unsigned result;
    unsigned text_size[2];
    char text[2][32]; /* what the first two arguments of type char* point at, as far as it can be read */
};
