// Shows mmap, munmap and mprotect, a stack and a heap that grow when they are touched, and checks what they promise. As an
// ELF file it runs on Linux too, and prints the same there. Ends: exited with status 0 (the number of wrong answers)
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { page_size = 4096, mebibyte = 1 << 20 };

static int wrong;

static void check(const char* what, int holds) {
    printf("%s: %s\n", what, holds ? "yes" : "NO");
    wrong += !holds;
}

static void check_error(const char* what, int result, int expected) {
    const int is_right = result == -1 && errno == expected;
    printf("%s: %s\n", what, is_right ? "refused as it should be" : "NO");
    wrong += !is_right;
}

static unsigned char* anonymous(size_t size, int protection) {
    return mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int map_result(const void* memory) {
    return memory == MAP_FAILED ? -1 : 0;
}

static int is_zero(const unsigned char* memory, size_t size) {
    for (size_t i = 0; i < size; ++i) {
        if (memory[i] != 0) {
            return 0;
        }
    }
    return 1;
}

/// Whether a child that reads (or writes) this byte is killed for it.
static int kills(volatile unsigned char* byte, int is_write) {
    const pid_t child = fork();
    if (child == 0) {
        if (is_write) {
            *byte = 1;
        } else {
            (void)*byte;
        }
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static void pieces(void) {
    unsigned char* const memory = anonymous(8 * page_size, PROT_READ | PROT_WRITE);
    check("new memory is zero", is_zero(memory, 8 * page_size));
    memset(memory, 0xA5, 8 * page_size);
    check("a piece in the middle can go", munmap(memory + 2 * page_size, 2 * page_size) == 0);
    check("what is gone can't be read", kills(memory + 2 * page_size, 0));
    check("what is beside it stays", memory[2 * page_size - 1] == 0xA5 && memory[4 * page_size] == 0xA5);
    check("it can go twice", munmap(memory + 2 * page_size, 2 * page_size) == 0);
    unsigned char* const again = mmap(memory + 2 * page_size, 4 * page_size, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    check("a fixed place is taken, whatever is there", again == memory + 2 * page_size);
    check("and is zero", is_zero(again, 4 * page_size) && memory[6 * page_size] == 0xA5);
    unsigned char* const hinted = mmap(memory + 2 * page_size, page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check("a wish for a place that is not free is not heard", hinted != memory + 2 * page_size);
    munmap(memory, 8 * page_size);
    munmap(hinted, page_size);
}

static void rights(void) {
    unsigned char* const memory = anonymous(3 * page_size, PROT_READ);
    check("read-only memory can be read", memory[page_size] == 0);
    check("but not be written to", kills(memory + page_size, 1) && kills(memory + 2 * page_size, 1));
    check("until it is made writable", mprotect(memory + page_size, page_size, PROT_READ | PROT_WRITE) == 0);
    memory[page_size] = 7;
    check("its neighbours are as they were", kills(memory, 1) && kills(memory + 2 * page_size, 1));
    check("all rights can be taken", mprotect(memory, 3 * page_size, PROT_NONE) == 0);
    check("then it can't be read", kills(memory, 0) && kills(memory + page_size, 0));
    check_error("the kernel does not read it either", write(STDOUT_FILENO, memory + page_size, 1), EFAULT);
    mprotect(memory, 3 * page_size, PROT_READ | PROT_WRITE);
    check("what it held is still there", memory[page_size] == 7);
    memory[0] = 1;
    munmap(memory + page_size, page_size);
    check_error("rights of a range with a hole", mprotect(memory, 3 * page_size, PROT_READ), ENOMEM);
    munmap(memory, 3 * page_size);
}

static void a_file(void) {
    const char* const path = "memory-of-a-file";
    const int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    char page[page_size];
    for (int i = 0; i < 3; ++i) {
        memset(page, 'a' + i, sizeof page);
        write(file, page, i < 2 ? sizeof page : 100);
    }
    char* const memory = mmap(NULL, 2 * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, page_size);
    check("a file's pages are there", memory[0] == 'b' && memory[page_size + 99] == 'c');
    check("past its end come zeros", is_zero((unsigned char*)memory + page_size + 100, page_size - 100));
    memory[0] = 'X';
    pread64(file, page, 1, page_size);
    check("a write does not reach the file", page[0] == 'b');
    close(file);
    check("closing it changes nothing", memory[1] == 'b');
    munmap(memory, 2 * page_size);

    const int write_only = open(path, O_WRONLY, 0);
    check_error("a file that can't be read", map_result(mmap(NULL, 1, PROT_READ, MAP_PRIVATE, write_only, 0)), EACCES);
    close(write_only);
    const int directory = open(".", O_RDONLY, 0);
    check_error("a directory", map_result(mmap(NULL, 1, PROT_READ, MAP_PRIVATE, directory, 0)), ENODEV);
    close(directory);
    check_error("no file at all", map_result(mmap(NULL, 1, PROT_READ, MAP_PRIVATE, 99, 0)), EBADF);
    unlink(path);
}

static void bad_calls(void) {
    unsigned char* const memory = anonymous(2 * page_size, PROT_READ);
    check_error("memory of no size", map_result(anonymous(0, PROT_READ)), EINVAL);
    check_error("neither private nor shared", map_result(mmap(NULL, 1, PROT_READ, MAP_ANONYMOUS, -1, 0)), EINVAL);
    check_error("half of a page as a place",
                map_result(mmap(memory + 100, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)), EINVAL);
    check_error("more than there are addresses", map_result(anonymous(0xFFFFF000, PROT_READ)), ENOMEM);
    check_error("half of a page goes", munmap(memory + 100, page_size), EINVAL);
    check_error("nothing goes", munmap(memory, 0), EINVAL);
    check_error("more goes than there is", munmap(memory, 0xFFFFF000), EINVAL);
    check_error("rights from half of a page on", mprotect(memory + 100, page_size, PROT_READ), EINVAL);
    check("rights of nothing can be changed", mprotect(memory, 0, PROT_READ) == 0);
    munmap(memory, 2 * page_size);
}

/// Uses `depth` KiB of stack.
static int deep(int depth) {
    volatile char kibibyte[1024];
    kibibyte[0] = (char)depth;
    return depth == 0 ? 0 : deep(depth - 1) + (kibibyte[0] == (char)depth);
}

static void growth(void) {
    check("the stack grows to 4 MiB", deep(4096) == 4096);
    const pid_t child = fork();
    if (child == 0) {
        _exit(deep(16 * 1024) == 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    check("but not to 16 MiB", WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);

    unsigned char* const heap = sbrk(4 * mebibyte);
    check("the heap is zero at both ends", heap[0] == 0 && heap[4 * mebibyte - 1] == 0);
    heap[mebibyte] = 1;
    check("the kernel reads what was never touched", write(open("/dev/null", O_WRONLY, 0), heap, 2 * mebibyte) == 2 * mebibyte);
    check("the heap shrinks", sbrk(-3 * mebibyte) == heap + 4 * mebibyte);
    check("what it gave back can't be read", kills(heap + 2 * mebibyte, 0));
    sbrk(-mebibyte);
}

static void fork_keeps_apart(void) {
    unsigned char* const memory = anonymous(4 * page_size, PROT_READ | PROT_WRITE);
    memory[0] = 1;
    const pid_t child = fork();
    if (child == 0) {
        const int is_copy = memory[0] == 1 && memory[page_size] == 0;
        mprotect(memory, page_size, PROT_READ | PROT_WRITE); // of a page that is shared
        memory[0] = 2;
        memory[page_size] = 2;
        munmap(memory + 2 * page_size, page_size);
        _exit(is_copy && mprotect(memory, page_size, PROT_NONE) == 0 ? 7 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    check("a child has the same memory", WIFEXITED(status) && WEXITSTATUS(status) == 7);
    check("and what it does to it is its own", memory[0] == 1 && memory[page_size] == 0 && memory[2 * page_size] == 0);

    int pipe_ends[2];
    pipe(pipe_ends);
    const pid_t other = fork();
    if (other == 0) { // looks when the parent has written; the kernel writes to a page that is shared
        _exit(read(pipe_ends[0], memory + page_size, 1) == 1 ? memory[0] : 0);
    }
    memory[0] = 3;
    write(pipe_ends[1], "x", 1);
    waitpid(other, &status, 0);
    check("and what the parent does is the parent's", WIFEXITED(status) && WEXITSTATUS(status) == 1);
    check("nor does the parent see what the kernel wrote for the child", memory[page_size] == 0);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    munmap(memory, 4 * page_size);
}

int main(void) {
    pieces();
    rights();
    a_file();
    bad_calls();
    growth();
    fork_keeps_apart();
    return wrong;
}
