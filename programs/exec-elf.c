// Asks for programs that can't be run, and runs scripts and itself: what execve promises, case by case. It prints the same
// on Linux. Its files are made where it is started. Ends: exited with status 0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void make(const char* path, mode_t permissions, const char* contents) {
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, permissions);
    const size_t size = strlen(contents);
    if (file < 0 || write(file, contents, size) != (ssize_t)size || close(file) != 0) {
        perror(path);
        exit(1);
    }
}

static void refused_with(const char* path, char* const arguments[], char* const environment[], const char* what) {
    errno = 0;
    execve(path, arguments, environment);
    printf("%s: %s\n", what, strerror(errno));
}

static void refused(const char* path) {
    char* const arguments[] = {"name", NULL};
    refused_with(path, arguments, arguments + 1, path);
}

/// Runs `path` in a child; as "show" this program prints what it was given.
static void run(const char* path, char* const arguments[], char* const environment[]) {
    const pid_t child = fork();
    if (child == 0) {
        execve(path, arguments, environment);
        printf("%s: %s\n", path, strerror(errno));
        _exit(1);
    }
    int status;
    waitpid(child, &status, 0);
    printf("%s: status %d\n", path, WEXITSTATUS(status));
}

static int show(int argc, char** argv, char** environment) {
    for (int i = 0; i < argc; ++i) {
        printf("  argument \"%s\"\n", argv[i]);
    }
    for (; *environment != NULL; ++environment) {
        printf("  environment \"%s\"\n", *environment);
    }
    printf("  descriptor 10 is %s, 11 is %s\n", fcntl64(10, F_GETFD) < 0 ? "closed" : "open",
           fcntl64(11, F_GETFD) < 0 ? "closed" : "open");
    return argc;
}

static void errors(void) {
    make("plain", 0644, "no program");
    make("empty", 0755, "");
    make("text", 0755, "echo no interpreter\n");
    make("no-name", 0755, "#!\n");
    make("blanks", 0755, "#! \t \nshow\n");
    make("no-interpreter", 0755, "#!./missing\n");
    make("interpreter-is-plain", 0755, "#!./plain\n");
    make("interpreter-is-text", 0755, "#!./text\n");
    make("broken-elf", 0755, "\177ELF and no more");
    symlink("loop", "loop");

    refused("");
    refused("missing");
    refused("missing/program");
    refused("plain/program");
    refused("plain");
    refused(".");
    refused("/dev/null");
    refused("empty");
    refused("text");
    refused("no-name");
    refused("blanks");
    refused("no-interpreter");
    refused("interpreter-is-plain");
    refused("interpreter-is-text");
    refused("broken-elf");
    refused("loop");
    refused("show/");

    static char text[200000];
    memset(text, 'n', 256);
    refused_with(text, NULL, NULL, "a long name");
    memset(text, 'n', sizeof(text) - 1);
    memset(text, '/', 5000);
    refused_with(text, NULL, NULL, "a long path");
    char* arguments[] = {"name", text, NULL};
    refused_with("./show", arguments, arguments + 2, "a long argument");
    refused_with("./show", arguments + 2, arguments, "a long word of the environment");
    arguments[1] = (char*)0xFFFFFFF0;
    refused_with("./show", arguments, NULL, "a bad argument");
    refused_with("./show", (char**)0xFFFFFFF0, NULL, "a bad list of arguments");
    refused_with("missing", arguments, NULL, "no file and a bad argument");
    refused_with("text", arguments, NULL, "no program and a bad argument");
    refused_with((const char*)0xFFFFFFF0, NULL, NULL, "a bad path");

    memset(text, 'n', 300);
    memcpy(text, "#!", 2);
    text[300] = '\0';
    make("long-interpreter", 0755, text);
    refused("long-interpreter");
}

static void scripts(void) {
    char* const arguments[] = {"name", "one", "two words", "", NULL};
    char* const environment[] = {"NAME=value", "EMPTY=", NULL};
    char* const none[] = {NULL};
    run("./show", arguments, environment);
    run("./show", none, none);
    run("show", NULL, NULL);
    make("script", 0755, "#!./show\nand more");
    make("argument", 0755, "#! \t./show \tone argument \t\nand more");
    make("no-newline", 0755, "#!./show an argument");
    make("long-argument", 0755,
         "#!./show 3456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 "
         "123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 "
         "123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789\n");
    run("script", arguments, environment);
    run("./argument", arguments, environment);
    run("no-newline", none, none);
    run("long-argument", none, none);

    char name[] = "level-0";
    char line[] = "#!./level-0 n";
    make(name, 0755, "#!./show 0");
    for (char level = '1'; level <= '6'; ++level) {
        line[10] = (char)(level - 1);
        line[12] = name[6] = level;
        make(name, 0755, line);
        run(name, arguments, none);
    }
}

int main(int argc, char** argv, char** environment) {
    const char* name = argv[0];
    if (strcmp(name, "show") == 0 || argc > 1 || access("show", F_OK) == 0) {
        return show(argc, argv, environment);
    }
    // Where GRUB has loaded it, only the root file system has a file of it.
    symlink(access(name, X_OK) == 0 ? name : "/bin/exec-elf", "show");
    dup2(open(".", O_RDONLY), 10);
    dup3(10, 11, O_CLOEXEC);
    errors();
    printf("descriptor 11 is %s\n", fcntl64(11, F_GETFD) < 0 ? "closed" : "open");
    scripts();
    return 0;
}
