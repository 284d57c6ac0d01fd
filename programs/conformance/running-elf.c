// A program that runs can't be written to, and what is open for writing can't be run, one line each. It prints the same on
// Linux. Ends: exited with status 0 (the number of wrong answers)
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/// A whole program, for it must lie in a file: an ELF header, a program header, and code at 0x08048054. With two words as its
/// arguments it forks, and the parent ends; with three it runs what the second one names. Else it reads a byte from descriptor 0.
/// Its exit status is 7.
static const char program[] =
    "\x7F"
    "ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\3\0\1\0\0\0\x54\x80\x04\x08\x34\0\0\0\0\0\0\0\0\0\0\0\x34\0\x20\0\1\0\0\0\0\0\0\0"
    "\1\0\0\0\0\0\0\0\0\x80\x04\x08\0\x80\x04\x08\x98\0\0\0\x98\0\0\0\5\0\0\0\0\x10\0\0"
    "\x83\x3C\x24\x03"        // cmp dword [esp], 3
    "\x74\x2D"                // je .replace
    "\x83\x3C\x24\x02"        // cmp dword [esp], 2
    "\x75\x0B"                // jne .read
    "\xB8\2\0\0\0\xCD\x80"    // fork
    "\x85\xC0"                // test eax, eax
    "\x75\x10"                // jnz .exit
    "\x31\xDB\x89\xE1"        // .read: xor ebx, ebx; mov ecx, esp
    "\xBA\1\0\0\0"            // mov edx, 1
    "\xB8\3\0\0\0\xCD\x80"    // read
    "\xBB\7\0\0\0"            // .exit: mov ebx, 7
    "\xB8\1\0\0\0\xCD\x80"    // exit
    "\x8B\x5C\x24\x08"        // .replace: mov ebx, [esp + 8]
    "\x8D\x4C\x24\x0C"        // lea ecx, [esp + 12]
    "\x31\xD2"                // xor edx, edx
    "\xB8\x0B\0\0\0\xCD\x80"; // execve
enum { program_size = sizeof(program) - 1 };

static int make(const char* name, const void* contents, size_t size) {
    const int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    const int is_made = write(file, contents, size) == (ssize_t)size;
    return close(file) == 0 && is_made;
}

/// Whether all that would change the file is refused.
static int is_busy(const char* name) {
    return fails(open(name, O_WRONLY), ETXTBSY) && fails(open(name, O_RDWR | O_APPEND), ETXTBSY) &&
           fails(open(name, O_WRONLY | O_TRUNC), ETXTBSY) && fails(creat(name, 0755), ETXTBSY) &&
           fails(truncate64(name, 0), ETXTBSY);
}

static int is_free(const char* name) {
    const int file = open(name, O_WRONLY);
    return file >= 0 && close(file) == 0;
}

/// The program, as it runs with a pipe as its descriptor 0 and another as 1.
struct run {
    pid_t process;
    int input;
    int output;
};

static void set_close_on_exec(const int* ends) {
    fcntl64(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl64(ends[1], F_SETFD, FD_CLOEXEC);
}

/// Begins it, and comes back when it runs: then the writing end of `told`, which execve closes, has gone.
static struct run begin(char* first, char* second, char* third) {
    int input[2];
    int output[2];
    int told[2];
    pipe(input);
    pipe(output);
    pipe(told);
    set_close_on_exec(input);
    set_close_on_exec(output);
    set_close_on_exec(told);
    const pid_t child = fork();
    if (child == 0) {
        char* const words[] = {first, second, third, NULL};
        dup2(input[0], 0);
        dup2(output[1], 1);
        execve(first, words, NULL);
        _exit(errno);
    }
    close(input[0]);
    close(output[1]);
    close(told[1]);
    char byte;
    read(told[0], &byte, 1);
    close(told[0]);
    return (struct run){child, input[1], output[0]};
}

/// Lets it go on, and waits until it and its child have ended. Returns its status.
static int finish(struct run run) {
    int status = -1;
    char byte;
    close(run.input);
    read(run.output, &byte, 1);
    close(run.output);
    waitpid(run.process, &status, 0);
    return status;
}

/// What execve says, to a child.
static int error_of(const char* name, char** words) {
    const pid_t child = fork();
    if (child == 0) {
        execve(name, words, NULL);
        _exit(errno);
    }
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void writing(void) {
    char* words[] = {"program", NULL};
    const int file = open("program", O_WRONLY);
    check("what is open for writing can't be run", error_of("program", words) == ETXTBSY);
    const int copy = dup(file);
    close(file);
    check("nor while a duplicate is left", error_of("program", words) == ETXTBSY);
    close(copy);
    const int own = open("program", O_RDWR);
    fcntl64(own, F_SETFD, FD_CLOEXEC);
    check("execve itself would close it: too late", error_of("program", words) == ETXTBSY);
    close(own);
    const int reader = open("program", O_RDONLY);
    check("what is open for reading can", finish(begin("program", NULL, NULL)) == 0x700);
    close(reader);
    chmod("program", 0644);
    const int other = open("program", O_WRONLY);
    check("permissions are looked at first", error_of("program", words) == EACCES);
    close(other);
    chmod("program", 0755);
}

static void running(void) {
    check("before, it may be written to", is_free("program"));
    const struct run run = begin("program", NULL, NULL);
    check("while it runs, it may not", is_busy("program"));
    struct stat64 status;
    check("and stays as it is", stat64("program", &status) == 0 && status.st_size_low == program_size);
    const int file = open("program", O_RDONLY);
    check("it may be read", file >= 0 && fails(ftruncate64(file, 0), EINVAL));
    close(file);
    check("and have other permissions", chmod("program", 0700) == 0);
    check("another name is the same file", link("program", "name") == 0 && is_busy("name") && unlink("name") == 0);
    check("to make it anew is refused first", fails(open("program", O_WRONLY | O_CREAT | O_EXCL, 0755), EEXIST));
    const struct run again = begin("program", NULL, NULL);
    check("two run it, and one ends", finish(run) == 0x700 && is_busy("program"));
    check("both have ended", finish(again) == 0x700 && is_free("program"));
}

static void others(void) {
    const struct run run = begin("program", "forks", NULL);
    int status = 0;
    check("it has forked and ended", waitpid(run.process, &status, 0) == run.process && status == 0x700);
    check("its child still runs it", is_busy("program"));
    finish(run);
    check("the child has ended", is_free("program"));
    make("second", program, program_size);
    const struct run replaced = begin("second", "program", "word");
    while (!is_free("second")) {
        sched_yield();
    }
    check("by execve it lets go of the one and has the other", is_busy("program"));
    check("until it ends", finish(replaced) == 0x700 && is_free("program"));
    const struct run killed = begin("program", NULL, NULL);
    check("a killed one", is_busy("program") && kill(killed.process, SIGKILL) == 0 && finish(killed) == SIGKILL);
    check("lets go of it", is_free("program"));
}

static void names(void) {
    const struct run run = begin("program", NULL, NULL);
    check("its name may be taken away", unlink("program") == 0);
    check("and given to a new file", make("program", program, program_size));
    check("which another one may replace", make("new", program, program_size) && rename("new", "program") == 0);
    check("it ends", finish(run) == 0x700);
    make("two words", program, program_size);
    const struct run other = begin("two words", NULL, NULL);
    char line[64] = "";
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d/stat", other.process);
    const int stat = open(path, O_RDONLY);
    read(stat, line, sizeof(line) - 1);
    close(stat);
    check("a name may have blanks", strstr(line, " (two words) ") != NULL && finish(other) == 0x700 && unlink("two words") == 0);
}

static void failures(void) {
    char* words[] = {"bad", NULL};
    make("bad", "no program\n", 11);
    check("no program", error_of("bad", words) == ENOEXEC && is_free("bad"));
    check("bad arguments", error_of("program", (char**)0xC0000000) == EFAULT && is_free("program"));
    make("script", "#!program\n", 10);
    const int file = open("script", O_WRONLY);
    check("a script that is open for writing", error_of("script", words) == ETXTBSY);
    close(file);
    const int interpreter = open("program", O_WRONLY);
    check("a script whose interpreter is", error_of("script", words) == ETXTBSY);
    close(interpreter);
    check("both may be run then", is_free("program") && is_free("script"));
    int right = 1;
    for (int i = 0; i < 100; ++i) {
        right = right && finish(begin("program", NULL, NULL)) == 0x700 && make("program", program, program_size);
    }
    check("a hundred times run and written anew", right);
}

int main(void) {
    make("program", program, program_size);
    writing();
    running();
    others();
    names();
    failures();
    return wrong;
}
