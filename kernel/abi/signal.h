/* Signals: what the calls about them take and give, and what a handler finds on its stack, laid out as Linux for i386 lays it
   out (chapter 18). Shared by the kernel and the programs. */
#pragma once

#include "abi/system.h"

#define NSIG 64 /* the largest number */

/* sigaction(2): in the place of a handler's address, and flags */
#define SIG_DFL_ADDRESS 0
#define SIG_IGN_ADDRESS 1

#define SA_NOCLDSTOP 0x00000001
#define SA_NOCLDWAIT 0x00000002
#define SA_SIGINFO   0x00000004
#define SA_RESTORER  0x04000000
#define SA_ONSTACK   0x08000000
#define SA_RESTART   0x10000000
#define SA_NODEFER   0x40000000
#define SA_RESETHAND 0x80000000u

/* sigprocmask(2) */
#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

/* siginfo_t's si_code: who sent it, or what went wrong */
#define SI_USER     0
#define SI_KERNEL   0x80
#define FPE_INTDIV  1
#define ILL_ILLOPN  2
#define BUS_ADRALN  1
#define TRAP_TRACE  2
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define CLD_EXITED    1
#define CLD_KILLED    2
#define CLD_STOPPED   5
#define CLD_CONTINUED 6

/* sigaltstack(2) */
#define SS_ONSTACK  1
#define SS_DISABLE  2
#define MINSIGSTKSZ 2048

/* setitimer(2) */
struct itimerval32 {
    struct timeval32 it_interval; /* 0: it rings once only */
    struct timeval32 it_value;    /* from now; 0: never */
};

#define ITIMER_REAL 0

/* rt_sigaction(2), and the older sigaction(2) */
struct kernel_sigaction {
    unsigned int handler;
    unsigned int flags;
    unsigned int restorer;
    unsigned int mask[2];
};
struct old_sigaction {
    unsigned int handler;
    unsigned int mask;
    unsigned int flags;
    unsigned int restorer;
};

/* The registers of the interrupted program: arch/x86/include/uapi/asm/sigcontext.h, struct sigcontext_32. */
struct sigcontext32 {
    unsigned short gs, gs_high;
    unsigned short fs, fs_high;
    unsigned short es, es_high;
    unsigned short ds, ds_high;
    unsigned int edi, esi, ebp, esp, ebx, edx, ecx, eax;
    unsigned int trapno;
    unsigned int err;
    unsigned int eip;
    unsigned short cs, cs_high;
    unsigned int eflags;
    unsigned int esp_at_signal;
    unsigned short ss, ss_high;
    unsigned int fpstate;
    unsigned int oldmask;
    unsigned int cr2;
};

struct stack32 {
    unsigned int ss_sp;
    int ss_flags;
    unsigned int ss_size;
};

struct siginfo32 {
    int si_signo;
    int si_errno;
    int si_code;
    int si_pid_or_address; /* who sent it, or where the fault was */
    int si_uid;
    int si_status; /* SIGCHLD: the exit status, or the signal */
    int padding[26];
};

struct ucontext32 {
    unsigned int uc_flags;
    unsigned int uc_link;
    struct stack32 uc_stack;
    struct sigcontext32 uc_mcontext;
    unsigned int uc_sigmask[2];
};

/* What lies at esp when a handler begins: a return address, then the handler's arguments. The second is for SA_SIGINFO. */
struct signal_frame {
    unsigned int return_address;
    int number;
    struct sigcontext32 context;
    unsigned int high_mask; /* the low half is in the context */
    unsigned char return_code[8];
};
struct rt_signal_frame {
    unsigned int return_address;
    int number;
    unsigned int info_address;
    unsigned int context_address;
    struct siginfo32 info;
    struct ucontext32 context;
    unsigned char return_code[8];
};
