// What a program may do with its memory, one line each. It prints the same on Linux. Ends: exited with status 0 (the number of
// wrong answers)
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

enum { page = 4096 };

static char* moved_break(char* to) {
    return (char*)syscall(SYS_brk, to);
}

/// At a page's begin, with `size` bytes from there to the break.
static char* break_with(size_t size) {
    char* const begin = (char*)(((uintptr_t)moved_break(NULL) + page - 1) & ~(uintptr_t)(page - 1));
    return moved_break(begin + size) == begin + size ? begin : NULL;
}

static int all_are(const char* bytes, size_t size, char value) {
    size_t i = 0;
    while (i < size && bytes[i] == value) {
        ++i;
    }
    return i == size;
}

/// A break in the middle of a page that can't be written to moves up and down.
static void the_break(void) {
    char* const begin = break_with(3000);
    memset(begin, 'p', 3000);
    if (fork() == 0) { // the page is the parent's, too
        moved_break(begin + 100);
        mprotect(begin, page, PROT_READ);
        moved_break(begin + 3000);
        _exit(0);
    }
    status_of_child();
    check("a child's break leaves the parent's page alone", all_are(begin, 3000, 'p'));

    static char contents[page];
    memset(contents, 'f', page);
    int file = open("page", O_RDWR | O_CREAT, 0644);
    write(file, contents, page);
    close(file);
    file = open("page", O_RDONLY);
    moved_break(begin + 100);
    check("a file's page comes there", mmap(begin, page, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 0) == begin);
    moved_break(begin + 200);
    read(file, contents, page);
    check("the break leaves the file alone", all_are(contents, page, 'f') && unlink("page") == 0);
    close(file);
}

/// The break moves within its own page, though another region begins after that.
static void before_a_neighbour(void) {
    char* const begin = break_with(100);
    char* const after = begin + page - (uintptr_t)begin % page;
    check("a neighbour", mmap(after, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == after);
    check("up and down in the page", moved_break(begin + 200) == begin + 200 && moved_break(begin + 50) == begin + 50 &&
                                            moved_break(after + 1) != after + 1);
    munmap(after, page);
}

static void many_pieces(void) {
    enum { pieces = 2000 };
    char* const all = mmap(NULL, pieces * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int are_changed = 1;
    for (int i = 0; i < pieces; i += 2) {
        are_changed &= mprotect(all + i * page, page, PROT_READ) == 0;
    }
    check("every other page is changed", are_changed && mprotect(all, pieces * page, PROT_READ | PROT_WRITE) == 0);
    all[0] = all[page] = all[(pieces - 1) * page] = 1;
    munmap(all + page, page);
    check("a hole among them is found", fails(mprotect(all, pieces * page, PROT_READ), ENOMEM));
    check("all is given back", munmap(all, pieces * page) == 0);
}

static void sparse_file(void) {
    enum { size = 16 << 20 };
    const int file = open("sparse", O_RDWR | O_CREAT, 0644);
    ftruncate64(file, size);
    lseek(file, size / 2, SEEK_SET);
    write(file, "middle", 6);
    char* const mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    char* const own = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    check("a file with holes is mapped", mapped != MAP_FAILED && own != MAP_FAILED && memcmp(mapped + size / 2, "middle", 7) == 0 &&
                                             memcmp(own + size / 2, "middle", 7) == 0 && mapped[0] == 0 && own[size - 1] == 0);
    own[0] = own[size / 2] = 'x';
    char first[1];
    lseek(file, 0, SEEK_SET);
    check("what is written stays out of it", read(file, first, 1) == 1 && first[0] == 0 && mapped[0] == 0 && mapped[size / 2] == 'm');
    munmap(mapped, size);
    munmap(own, size);
    close(file);
    unlink("sparse");
}

/// Pages that can't be written to are the file's own: there may be more of them than memory.
static void larger_than_memory(void) {
    enum { size = 512 << 20 };
    const int file = open("large", O_RDWR | O_CREAT, 0644);
    ftruncate64(file, size);
    pwrite64(file, "end", 3, size - 3);
    char* const mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    check("a file larger than memory is mapped to be read", mapped != MAP_FAILED && memcmp(mapped + size - 4, "\0end", 4) == 0);
    munmap(mapped, size);
    close(file);
    unlink("large");
}

int main(void) {
    the_break();
    before_a_neighbour();
    many_pieces();
    sparse_file();
    larger_than_memory();
    return wrong;
}
