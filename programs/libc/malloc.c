// Memory from the heap: malloc, calloc, realloc, free, strdup (chapter 13).
// The heap is a row of blocks in order of their addresses, each a header and the memory after it.
// malloc takes the first free block that is large enough and joins free neighbours on its way; if
// there is none, it asks the kernel for more.
#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { alignment = 16, least_remainder = 16 };

// What a header's `state` holds. Two words that nothing else is likely to hold: so free() notices a
// pointer that is not its own, and malloc notices that a program wrote past the end of a block,
// over the next header.
enum { block_used = 0x75736564, block_free = 0x66726565 };

struct block {
    alignas(alignment) struct block* next; // the block after this one, NULL for the last
    size_t size; // bytes of memory after the header, a multiple of alignment
    unsigned state;
};

static struct block* first_block;

__attribute__((noreturn)) static void complain(const char* function, const void* memory,
                                               const char* what) {
    fprintf(stderr, "%s: %p %s\n", function, memory, what);
    abort();
}

static char* memory_of(struct block* block) {
    return (char*)(block + 1);
}

static bool adjacent(struct block* block, const struct block* next) {
    return memory_of(block) + block->size == (const char*)next;
}

static void check(const char* function, struct block* block) {
    if (block->state != block_used && block->state != block_free) {
        complain(function, memory_of(block), "has no intact header: something wrote over it");
    }
}

/// Joins `block`, which is free, with the free blocks after it.
static void join(struct block* block) {
    for (struct block* next = block->next;
         next != NULL && next->state == block_free && adjacent(block, next); next = block->next) {
        block->size += sizeof *next + next->size;
        block->next = next->next;
        next->state = 0; // no header any more: a stale pointer to it is noticed
    }
}

/// Cuts off what `block` has beyond `size`, as a free block, if that is worth a header.
static void split(struct block* block, size_t size) {
    if (block->size - size < sizeof *block + least_remainder) {
        return;
    }
    struct block* rest = (struct block*)(void*)(memory_of(block) + size);
    rest->next = block->next;
    rest->size = block->size - size - sizeof *rest;
    rest->state = block_free;
    block->next = rest;
    block->size = size;
}

/// A new block at the end of the heap; NULL if the kernel has no memory.
static struct block* grow(size_t size) {
    const uintptr_t end = (uintptr_t)sbrk(0);
    const size_t gap = (0 - end) % alignment; // the heap may begin at any address
    if (size > PTRDIFF_MAX - sizeof(struct block) - gap) {
        errno = ENOMEM;
        return NULL;
    }
    char* memory = (char*)sbrk((intptr_t)(gap + sizeof(struct block) + size));
    if (memory == (char*)-1) {
        return NULL;
    }
    struct block* block = (struct block*)(void*)(memory + gap);
    block->next = NULL;
    block->size = size;
    return block;
}

void* malloc(size_t size) {
    if (size > SIZE_MAX - alignment) {
        errno = ENOMEM;
        return NULL;
    }
    size = (size + (size == 0) + alignment - 1) / alignment * alignment;
    struct block** link = &first_block;
    for (; *link != NULL; link = &(*link)->next) {
        struct block* block = *link;
        check("malloc", block);
        if (block->state == block_free) {
            join(block);
            if (block->size >= size) {
                split(block, size);
                block->state = block_used;
                return memory_of(block);
            }
        }
    }
    struct block* block = grow(size);
    if (block == NULL) {
        return NULL;
    }
    block->state = block_used;
    *link = block;
    return memory_of(block);
}

void free(void* memory) {
    if (memory == NULL) {
        return;
    }
    if ((uintptr_t)memory % alignment != 0) {
        complain("free", memory, "does not come from malloc");
    }
    struct block* block = (struct block*)memory - 1;
    if (block->state == block_free) {
        complain("free", memory, "was freed before");
    }
    if (block->state != block_used) {
        complain("free", memory, "does not come from malloc");
    }
    block->state = block_free;
}

void* calloc(size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    void* memory = malloc(count * size);
    return memory == NULL ? NULL : memset(memory, 0, count * size);
}

void* realloc(void* memory, size_t size) {
    if (memory == NULL) {
        return malloc(size);
    }
    struct block* block = (struct block*)memory - 1;
    check("realloc", block);
    if (size <= block->size) {
        return memory;
    }
    void* larger = malloc(size);
    if (larger != NULL) {
        memcpy(larger, memory, block->size);
        free(memory);
    }
    return larger;
}

char* strdup(const char* text) {
    char* copy = (char*)malloc(strlen(text) + 1);
    return copy == NULL ? NULL : strcpy(copy, text);
}
