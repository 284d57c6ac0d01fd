# Trapgate's front door: `make setup run` on a fresh machine, `make help` for the rest.
# Reads from top to bottom: settings, the kernel, the programs, the ISO, running it, testing it.

# --- Settings: change them on the command line, e.g. `make V=1 CROSS=i686-elf-` ---
CROSS  ?= i686-linux-gnu-
V      ?= 0
WERROR ?= 0
PYTHON ?= /usr/bin/python3
# Where the Python packages machine, course and mutations are.
export PYTHONPATH := $(CURDIR)/iso:$(CURDIR)/docs:$(CURDIR)/tests
# A tree of another user (on a server, a shared disk): git would not tell its files.
export GIT_CONFIG_COUNT := 1
export GIT_CONFIG_KEY_0 := safe.directory
export GIT_CONFIG_VALUE_0 := $(CURDIR)
# How GRUB's tools are called here, and where its modules for the PC BIOS are (the pattern is from packages.table).
ifndef GRUB
GRUB   := $(or $(shell for name in grub grub2 i686-elf-grub; do command -v $$name-mkrescue >/dev/null && echo $$name && break; done),grub)
endif
export GRUB
GRUB_FOLDER := $(patsubst %/multiboot.mod,%,$(firstword $(wildcard $(patsubst file:%,%,$(filter file:%/multiboot.mod,$(file < iso/machine/packages.table))))))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

# `make setup run`: first setup alone, then another make for the rest, which sees what setup has installed.
ifneq ($(filter setup,$(MAKECMDGOALS)),)
REST := $(filter-out setup,$(MAKECMDGOALS))
.PHONY: setup $(REST)
setup: ## Install what is missing on this machine
	@CROSS=$(CROSS) PYTHON=$(PYTHON) sh iso/machine/setup.sh
	@$(if $(REST),$(MAKE) --no-print-directory $(REST))
$(REST): setup
	@:
else
MAKEFLAGS += --no-builtin-rules

Q   := $(if $(filter 1,$(V)),,@)
# A word for the shell, with whatever blanks and quotes are in it.
quoted = '$(subst ','\'',$1)'
say  = $(if $(Q),@printf '  %-8s %s\n' $(1) '$(2)')

# GCC 12 is the first with a freestanding std::expected; where the default compiler is older, a newer one is installed beside it.
first_gcc_12 = $(or $(shell for version in "" -12 -13 -14; do \
    major=$$($(1)$$version -dumpversion 2>/dev/null) && [ $${major%%.*} -ge 12 ] && echo $(1)$$version && break; done),$(1))
CXX     := $(call first_gcc_12,$(CROSS)g++)
CC      := $(subst g++,gcc,$(CXX))
AR      := $(CROSS)ar
OBJCOPY := $(CROSS)objcopy

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wcast-qual -Wundef $(if $(filter 1,$(WERROR)),-Werror)
CXX_WARNINGS := $(WARNINGS) -Wold-style-cast -Wnon-virtual-dtor

# What kernel and programs share. An i486 has no CMOV; no position-independent code, because it is not relocated; no unwind
# tables, because nothing throws.
TARGET_FLAGS := -O2 -g -march=i486 -mtune=generic -ffreestanding -fno-pic -fno-pie \
    -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fcf-protection=none \
    -fstack-protector-strong -mstack-protector-guard=global
CXX_FLAGS := -std=c++23 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit $(CXX_WARNINGS)
# Not among the flags: it is another one in another folder, and makes no other code there.
HERE      := -ffile-prefix-map="$(CURDIR)/="
# Since 2.16.02 NASM warns of each address that is left to the linker; older ones don't know the warning's name.
NASM      := nasm -f elf32 -g -F dwarf -w+all -w-unknown-warning -w-reloc $(if $(filter 1,$(WERROR)),-Werror) -Ibuild/

# $(call remember,NAME,TEXT) keeps a text in build/NAME, and writes the file only if the text has changed: what depends on
# the file is made again when flags have changed, or the list of what belongs in an archive. Not with `make -n`, nor where
# nothing is built.
TELLS_ONLY := $(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS))))$(if $(filter-out help doctor,$(or $(MAKECMDGOALS),all)),,yes)
remember = $(if $(TELLS_ONLY),,$(if $(shell mkdir -p build; echo '$(strip $2)' | cmp -s - build/$1 2>/dev/null || \
    echo '$(strip $2)' > build/$1 || echo failed),$(error build/$1 can't be written, so changed flags would not be noticed. \
    If build/ is of another user, perhaps by a `sudo make`: sudo rm -rf build)))
# What a compiler says of its release: another one under the same name makes other code. No word where there is none yet.
release_of = $(shell $1 --version 2>/dev/null | head -n 1)

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

# --- The kernel: build/kernel.elf. General registers only: the others hold a program's numbers ---
KERNEL_FLAGS   := $(TARGET_FLAGS) -Os -mpreferred-stack-boundary=2 -mgeneral-regs-only -ffunction-sections -fdata-sections \
    -fno-tree-loop-distribute-patterns -Wframe-larger-than=1024 -freg-struct-return -Ikernel -Ilinker
KERNEL_SOURCES := $(sort $(wildcard kernel/*/*.cpp kernel/*/*.asm))
KERNEL_OBJECTS := $(KERNEL_SOURCES:%=build/%.o)
KERNEL_LINK    := $(CXX) -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--orphan-handling=error -Wl,--build-id=none \
    -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 -T build/kernel.ld

# The kernel is to be small; but what fork, every page fault, system call and switch, every read and write comes through is to be quick.
HOT := lib/memory_functions $(addprefix process/,copy_on_write memory_on_demand page_faults scheduler) \
    $(addprefix syscall/,file_calls system_call) \
    $(addprefix files/,descriptors open_file pipe pipe_buffer process_files transfer) \
    $(addprefix memory/,address_space address_space_share frames heap heap_check page_table paging regions user_memory)
# Without padding between functions and before loops: it would make the kernel larger by a hundredth.
HOT_FLAGS := -O2 -fno-align-functions -fno-align-jumps -fno-align-loops -fno-align-labels

$(call remember,kernel.flags,$(CXX) $(filter-out -Werror,$(KERNEL_FLAGS) $(CXX_FLAGS) $(NASM) $(KERNEL_LINK)) $(HOT) $(HOT_FLAGS))
$(call remember,kernel.list,$(KERNEL_OBJECTS))
COMPILER := $(call release_of,$(CXX))
$(call remember,compiler,$(COMPILER))
# Warnings are errors with WERROR=1: what was built without it is built once more then, but not the other way round.
$(call remember,werror,$(WERROR))
FLAGS := build/kernel.flags $(if $(filter 1,$(WERROR)),build/werror)
# A handout's machine code was made elsewhere, perhaps by another compiler, and is to stay.
FLAGS += $(if $(wildcard docs/course/handout),,build/compiler)

$(HOT:%=build/kernel/%.cpp.o): KERNEL_FLAGS += $(HOT_FLAGS)
# A read or write comes through ten functions that have no array, but pass on the address of a local: no guard in these.
$(patsubst %,build/kernel/%.cpp.o,$(filter files/% syscall/%,$(HOT))): KERNEL_FLAGS += -fstack-protector

build/%.cpp.o: %.cpp $(FLAGS)
	$(call say,C++,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) $(KERNEL_FLAGS) $(CXX_FLAGS) $(HUSH) $(HERE) -MMD -MP -c $< -o $@

build/%.asm.o: %.asm build/layout.inc $(FLAGS)
	$(call say,NASM,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(NASM) -MD $(@:.o=.d) -MP $< -o $@

build/libkernel.a: $(KERNEL_OBJECTS) build/kernel.list
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

# The chapters' kernels: docs/NN-slug/main.cpp is kernel_main there (chapter 1 has an assembly file of its own).
CHAPTERS        := $(sort $(notdir $(wildcard docs/[0-9][0-9]-*)))
chapter_number   = $(firstword $(subst -, ,$1))
CHAPTER_KERNELS := $(foreach chapter,$(CHAPTERS),build/chapters/$(call chapter_number,$(chapter))/kernel.elf)
KERNELS         := build/kernel.elf build/tests/soak/kernel.elf $(filter-out %/01/kernel.elf,$(CHAPTER_KERNELS))

# The kernel's reports name functions and lines. So it is linked twice: from the first link's debugging information a table
# is made, and the second link puts it after the text, whose addresses do not change by that.
# One rule serves all kernels; $* is the file without .elf. Only what kernel_main needs comes out of the archive.
KERNEL_PARTS = $(filter %.o,$^) $(filter %.a,$^)
$(KERNELS:.elf=-without-symbols.elf): %-without-symbols.elf: build/boot/start.asm.o build/libkernel.a build/kernel.ld
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(KERNEL_LINK) $(KERNEL_PARTS) -o $@

READ_SYMBOLS := CROSS=$(CROSS) $(PYTHON) linker/symbols.py
$(KERNELS:.elf=-symbols.o): %-symbols.o: %-without-symbols.elf linker/symbols.py
	$(call say,GEN,$@)
	$(Q)$(READ_SYMBOLS) $< $*-symbols.table
	$(Q)$(OBJCOPY) -I binary -O elf32-i386 -B i386 --rename-section .data=.symbols,alloc,load,readonly,data,contents \
	    $*-symbols.table $@

$(KERNELS): %.elf: %-without-symbols.elf build/boot/start.asm.o build/libkernel.a %-symbols.o
	$(call say,LINK,$@)
	$(Q)$(KERNEL_LINK) $(KERNEL_PARTS) -Wl,-Map=$*.map -o $@
	$(Q)$(check_header)

# The build stops at a kernel that no loader would take.
check_header = $(GRUB)-file --is-x86-multiboot $@ || \
    { echo '$@: no Multiboot header in the first 8 KiB of the file'; exit 1; }

# Which kernel_main belongs to which kernel.
with_main = build/$1.elf build/$1-without-symbols.elf: build/$2.o
$(eval $(call with_main,kernel,kernel/main.cpp))
$(foreach chapter,$(filter-out 01-%,$(CHAPTERS)),\
    $(eval $(call with_main,chapters/$(call chapter_number,$(chapter))/kernel,docs/$(chapter)/main.cpp)))

build/chapters/01/kernel.elf: build/docs/01-first-boot/loader.asm.o docs/01-first-boot/loader.ld
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) -nostdlib -static -no-pie -Wl,--build-id=none -T docs/01-first-boot/loader.ld $< -o $@
	$(Q)$(check_header)

# --- The programs: build/programs/NAME.bin (flat) and NAME.elf. The ISO: build/trapgate.iso, with GRUB ---
-include programs/programs.mk iso/iso.mk

# --- Running it. With V=1 the emulator's whole command line is printed. With CHAPTER=N it is that chapter's kernel. ---
-include iso/run.mk

.PHONY: chapter run qemu debug rewind bochs-debug autopsy doctor
chapter: $(or $(CHAPTER_FILES),$(CHAPTER_KERNELS)) ## Build the kernel of CHAPTER=N, or of all chapters
run: $(run_image) ## Boot the ISO in Bochs: a window, or the serial console here; CHAPTER=N; LINUX=1 a distribution's programs; MUTATION=... see mutations
	$(Q)$(call run_in,bochs)
qemu: $(run_image) ## The same in QEMU; PROGRAMS="hello ..." loads those without GRUB
	$(Q)$(call run_in,qemu)
debug: $(if $(APART),,$(or $(CHAPTER_FILES),$(if $(PROGRAMS),build/kernel.elf $(ISO_PROGRAMS) build/initrd.tar,all))) ## QEMU stopped at its start, and gdb; CHAPTER=N; PROGRAMS="hello ..." loads those without GRUB
	$(Q)$(if $(APART),$(COURSE) boot debug $(CHAPTER),$(PYTHON) -m machine.debug $(if $(CHAPTER),--chapter $(CHAPTER)) $(PROGRAMS))
rewind: all ## Record a run in QEMU, and open gdb at its end, from where time can run backwards; PROGRAMS, KERNEL=file, GDB_COMMANDS=file, MUTATION
	$(Q)$(if $(MUTATION),$(MUTATE) run rewind $(MUTATION) --,$(PYTHON) -m machine.rewind $(if $(KERNEL),--kernel $(call quoted,$(KERNEL)))) \
	    $(if $(GDB_COMMANDS),--commands $(call quoted,$(GDB_COMMANDS))) $(if $(MUTATION),,$(PROGRAMS))
bochs-debug: $(run_image) ## Bochs at its debugger's prompt, with the kernel's symbols; CHAPTER=N; TYPED='a line' for the shell's first prompt
	$(Q)$(if $(APART),$(COURSE) boot bochs $(CHAPTER),$(RUN) bochs $(run_which)) --debugger
autopsy: ## Say how the last machine died, or that of LOG=file or QMP=socket (a stopped QEMU); KERNEL=elf JSON=1
	$(Q)$(PYTHON) -m machine.diagnosis.autopsy $(if $(LOG),--log $(call quoted,$(LOG))) $(if $(QMP),--qmp $(call quoted,$(QMP))) \
	    $(if $(KERNEL),--kernel $(call quoted,$(KERNEL))) $(if $(filter 1,$(JSON)),--json)
doctor: ## Check this machine's tools, and boot the system in both emulators
	$(Q)$(PYTHON) -m machine.doctor

# --- Tests, the course and its site (a copy of the tree that is only built lacks them) ---
-include tests/tests.mk docs/course/course.mk docs/site/site.mk

# --- Everything ---
.PHONY: all clean help
all: build/kernel.elf $(CHAPTER_KERNELS) $(FLAT_PROGRAMS) $(ELF_PROGRAMS) build/trapgate.iso ## Build everything (the default)

clean: ## Remove everything that was built
	$(call say,CLEAN,build)
	$(Q)rm -rf build compile_commands.json

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { line = sprintf("  %-15s", $$1); count = split($$2, words, " "); \
	    for (i = 1; i <= count; i++) { \
	        if (length(line words[i]) > 78) { print line; line = sprintf("%17s", "") } \
	        line = line " " words[i] } \
	    print line }' $(MAKEFILE_LIST)

-include $(shell find $(addprefix build/,boot docs host kernel programs tests) -name '*.d' 2>/dev/null)

endif # no setup
