// Shows fork, wait and execve, and checks what they promise: as an ELF file it runs on Linux too, and prints the same
// there. Ends: exited with status 0 (the number of wrong answers)
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int wrong;
static int shared_by_nothing = 1;

static void check(const char* what, int holds) {
    printf("%s: %s\n", what, holds ? "yes" : "NO");
    wrong += !holds;
}

/// Waits for any child and returns its status; -1 if there is none.
static int status_of_next(void) {
    int status;
    return waitpid(-1, &status, 0) < 0 ? -1 : status;
}

static void child_has_a_copy(void) {
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0) {
        const int is_child = getppid() == parent && getpid() != parent;
        shared_by_nothing = 2;
        _exit(is_child ? 7 : 1);
    }
    int status;
    check("waitpid returns the child's number", waitpid(child, &status, 0) == child);
    check("the child knew its parent and ended with 7", WIFEXITED(status) && WEXITSTATUS(status) == 7);
    check("the child wrote to memory of its own", shared_by_nothing == 1);
    check("then there is no child", status_of_next() == -1 && errno == ECHILD);
}

static void a_fault_ends_the_child_alone(void) {
    if (fork() == 0) {
        __asm__ volatile("ud2");
    }
    const int status = status_of_next();
    check("a child that fails is killed by SIGILL", WIFSIGNALED(status) && WTERMSIG(status) == SIGILL);
}

static void children_in_a_row(void) {
    enum { children = 20 };
    int sum = 0;
    for (int i = 0; i < children; ++i) {
        if (fork() == 0) {
            _exit(i);
        }
    }
    for (int i = 0; i < children; ++i) {
        sum += WEXITSTATUS(status_of_next());
    }
    check("each of 20 children is waited for once", sum == children * (children - 1) / 2);
}

/// A grandchild whose parent ends first: it is not this process's child, unless this is the first one of all.
static void orphans(void) {
    const pid_t child = fork();
    if (child == 0) {
        if (fork() == 0) {
            _exit(0);
        }
        _exit(3);
    }
    int status;
    check("a child that has a child is waited for", waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3);
    while (status_of_next() != -1) {
    }
}

/// `self` is this program's file: where GRUB has loaded it, only the root file system has one.
static void another_program(char* self) {
    char* const arguments[] = {self, "again", "", "three words here", NULL};
    char* const environment[] = {"NAME=value", "EMPTY=", NULL};
    if (fork() == 0) {
        execve(self, arguments, environment);
        _exit(1);
    }
    check("the new program ended with 9", WEXITSTATUS(status_of_next()) == 9);
    execve("there-is-no-such-program", arguments, environment);
    check("a program that is not there: ENOENT, and the old one goes on", errno == ENOENT);
    execve((const char*)0xC0000000, arguments, environment);
    check("a path that is not the program's: EFAULT", errno == EFAULT);
}

int main(int argc, char** argv, char** environment) {
    if (argc > 1) {
        for (int i = 1; i < argc; ++i) {
            printf("argument %d: \"%s\"\n", i, argv[i]);
        }
        for (char** one = environment; *one != NULL; ++one) {
            printf("environment: %s\n", *one);
        }
        return 9;
    }
    child_has_a_copy();
    a_fault_ends_the_child_alone();
    children_in_a_row();
    orphans();
    another_program(access(argv[0], X_OK) == 0 ? argv[0] : "/bin/processes");
    return wrong;
}
