# Trapgate's front door: `make setup run` on a fresh machine, `make help` for the rest.
# Reads from top to bottom: settings, the kernel, the programs, the ISO, running it, testing it.

# --- Settings: change them on the command line, e.g. `make V=1 CROSS=i686-elf-` ---
CROSS  ?= i686-linux-gnu-
V      ?= 0
WERROR ?= 0
PYTHON ?= /usr/bin/python3
GRUB   ?= $(if $(shell command -v grub-mkrescue),grub,grub2)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

ifneq ($(V),1)
Q := @
say = @printf '  %-8s %s\n' $(1) '$(2)'
endif

CXX     := $(CROSS)g++
CC      := $(CROSS)gcc
AR      := $(CROSS)ar
OBJCOPY := $(CROSS)objcopy

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wcast-qual -Wundef $(if $(filter 1,$(WERROR)),-Werror)
CXX_WARNINGS := $(WARNINGS) -Wold-style-cast -Wnon-virtual-dtor

# What kernel and programs share. An i486 has no CMOV; general registers only, because nobody saves the others; no
# position-independent code, because nobody relocates it; no unwind tables, because nobody throws.
TARGET_FLAGS := -O2 -g -march=i486 -mtune=generic -ffreestanding -mgeneral-regs-only -fno-pic -fno-pie \
    -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fcf-protection=none -fno-stack-protector \
    -ffile-prefix-map=$(CURDIR)/=
CXX_FLAGS := -std=c++23 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit $(CXX_WARNINGS)

# Every address and selector is written in linker/layout.h; this is its form for NASM.
build/layout.inc: linker/layout.h
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)sed -n 's/^#define \([A-Z0-9_]*\)  *\([0-9A-Fa-fx]*\).*/%define \1 \2/p' $< > $@

# Linker scripts read it through the preprocessor.
build/%.ld: linker/%.ld linker/layout.h
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) -E -P -x c -std=c17 -Ilinker $< -o $@

# --- The kernel: build/kernel.elf ---
KERNEL_FLAGS   := $(TARGET_FLAGS) -ffunction-sections -fdata-sections -fno-tree-loop-distribute-patterns \
    -Wframe-larger-than=1024 -Ikernel -Ilinker
KERNEL_SOURCES := $(sort $(wildcard kernel/*/*.cpp kernel/*/*.asm))
KERNEL_OBJECTS := $(KERNEL_SOURCES:%=build/%.o)

build/%.cpp.o: %.cpp
	$(call say,C++,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) $(KERNEL_FLAGS) $(CXX_FLAGS) -MMD -MP -c $< -o $@

build/%.asm.o: %.asm build/layout.inc
	$(call say,NASM,$<)
	$(Q)mkdir -p $(@D)
	$(Q)nasm -f elf32 -g -F dwarf -w+all -Ibuild/ -MD $(@:.o=.d) -MP $< -o $@

build/libkernel.a: $(KERNEL_OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

build/kernel.elf: build/kernel.ld build/boot/start.asm.o build/kernel/main.cpp.o build/libkernel.a
	$(call say,LINK,$@)
	$(Q)$(CXX) -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--orphan-handling=error -Wl,--build-id=none \
	    -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 -Wl,-Map=build/kernel.map -T $^ -o $@
	$(Q)$(GRUB)-file --is-x86-multiboot $@

# --- Running all of it ---
.PHONY: all
all: build/kernel.elf ## Build everything

.PHONY: clean
clean: ## Remove everything that was built
	$(call say,CLEAN,build)
	$(Q)rm -rf build compile_commands.json

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

-include $(shell find build -name '*.d' 2>/dev/null)
