// Runs a program, and tells each of its system calls on standard error: name, arguments, result; -f: its children's, too.
// Ends: exited with status 0 (that of the program)
#include "tool.h"

#include "abi/trace.h"

#include <ctype.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/// The list from which the kernel's table is made.
static const struct {
    unsigned number;
    const char* name;
    const char* parameters; // "int descriptor, UserPointer<char> buffer, size_t size"
} calls[] = {
#define SYSTEM_CALL(number, name, ...) {number, #name, "" #__VA_ARGS__},
#include "abi/system_calls.def"
#undef SYSTEM_CALL
};

static int follows; // the children
static char row[1024];
static size_t row_length;

__attribute__((format(printf, 1, 2))) static void add(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(row + row_length, sizeof(row) - row_length, format, arguments);
    va_end(arguments);
    row_length += (size_t)length;
    row_length = row_length < sizeof(row) ? row_length : sizeof(row) - 1;
}

/// A text in quotes, of which the first `known` bytes are there: `size` bytes, or for 0 what is before its NUL.
static void add_text(const char* text, unsigned known, unsigned size) {
    unsigned end = size != 0 && size < known ? size : known;
    for (unsigned i = 0; size == 0 && i < end; ++i) {
        end = text[i] == '\0' ? i : end;
    }
    add("\"");
    for (unsigned i = 0; i < end; ++i) {
        const unsigned char byte = (unsigned char)text[i];
        const int digit_follows = i + 1 < end && isdigit((unsigned char)text[i + 1]); // not one of this byte's number
        const char* octal = digit_follows ? "\\%03o" : "\\%o";
        add(byte == '\n' ? "\\n" : byte == '"' || byte == '\\' ? "\\%c" : isprint(byte) ? "%c" : octal, byte);
    }
    const int is_cut_off = size != 0 ? end < size : end == sizeof(((struct trace_record*)0)->text[0]);
    add(is_cut_off ? "\"..." : "\"");
}

/// One argument, as its type and name in the list say. `next` is the one after it: a text's size, if it is one.
static void add_argument(const struct trace_record* record, const char* type, unsigned value, unsigned next, unsigned* texts) {
    const size_t length = strcspn(type, ",");
    const int is_text = strncmp(type, "UserPointer<const char>", 23) == 0;
    const int is_result = strncmp(type, "UserPointer<char>", 17) == 0;
    const char* after = type + length;
    if ((is_text || is_result) && *texts < 2) {
        const unsigned known = record->text_size[*texts];
        const int has_size = strncmp(after, ", size_t size", 13) == 0 || strncmp(after, ", int size", 10) == 0;
        const unsigned size = !is_result ? next : (int)record->result > 0 ? record->result : 0;
        if (value == 0) {
            add("NULL");
        } else if (known == 0 || (is_result && size == 0) || (has_size && size == 0)) {
            add("%#x", value);
        } else {
            add_text(record->text[*texts], known, has_size ? size : 0);
        }
        ++*texts;
    } else if (strncmp(type, "int ", 4) == 0) {
        add("%d", (int)value);
    } else if (strncmp(type, "unsigned permissions", 20) == 0) {
        add("%#o", value);
    } else if (strncmp(type, "size_t", 6) == 0 || (strncmp(type, "unsigned", 8) == 0 && value < 0x10000)) {
        add("%u", value);
    } else if (value == 0 && strncmp(type, "UserPointer", 11) == 0) {
        add("NULL");
    } else {
        add("%#x", value);
    }
}

static void show(const struct trace_record* record) {
    size_t i = 0;
    while (i < sizeof(calls) / sizeof(*calls) && calls[i].number != record->number) {
        ++i;
    }
    row_length = 0;
    if (follows) {
        add("[%d] ", record->process);
    }
    unsigned texts = 0;
    if (i == sizeof(calls) / sizeof(*calls)) {
        add("call %u(", record->number);
    } else {
        add("%s(", calls[i].name);
        const char* type = calls[i].parameters;
        for (unsigned index = 0; *type != '\0' && index < 6; ++index) {
            add(index == 0 ? "" : ", ");
            add_argument(record, type, record->arguments[index], index < 5 ? record->arguments[index + 1] : 0, &texts);
            type += strcspn(type, ",");
            type += *type == ',' ? 2 : 0;
        }
    }
    const int result = (int)record->result;
    if (record->number == SYS_exit || record->number == SYS_exit_group) {
        add(") = ?");
    } else if (result < 0 && result >= -4095) {
        add(") = -1 (%s)", strerror(-result));
    } else {
        add(result >= 0 && result < 0x100000 ? ") = %d" : ") = %#x", result);
    }
    fprintf(stderr, "%s\n", row);
}

/// The program's path: its name as it is, or in a folder of PATH, which is here as the shell's is at first.
static void become(char** arguments, char** environment) {
    char path[PATH_MAX + 1]; // what is cut off here is too long for the kernel still
    snprintf(path, sizeof(path), strchr(arguments[0], '/') != NULL ? "%s" : "/bin/%s", arguments[0]);
    execve(path, arguments, environment);
    complain(arguments[0]);
    exit(errno == ENOENT ? 127 : 126);
}

int main(int argc, char** argv, char** environment) {
    static const char how[] = "[-f] program [argument ...]";
    follows = options(&argc, &argv, "f", how) != 0;
    if (*argv == NULL) {
        usage(how);
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        give_up("pipe");
    }
    const pid_t child = fork();
    if (child == 0) {
        if (syscall(SYS_prctl, PR_TRACE_CALLS, ends[1], follows) != 0) {
            give_up("this kernel has no traces of its own form");
        }
        close(ends[0]);
        close(ends[1]);
        become(argv, environment);
    }
    close(ends[1]);
    struct trace_record record;
    while (child > 0 && read(ends[0], &record, sizeof(record)) == (ssize_t)sizeof(record)) {
        show(&record);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        complain("fork");
        return 1;
    }
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "+++ killed by signal %d +++\n", WTERMSIG(status));
        return 128 + WTERMSIG(status);
    }
    fprintf(stderr, "+++ exited with status %d +++\n", WEXITSTATUS(status));
    return WEXITSTATUS(status);
}
