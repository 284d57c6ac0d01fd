# Trapgate's front door: `make setup run` on a fresh machine, `make help` for the rest.
# Reads from top to bottom: settings, the kernel, the programs, the ISO, running it, testing it.

# --- Settings: change them on the command line, e.g. `make V=1 CROSS=i686-elf-` ---
CROSS  ?= i686-linux-gnu-
V      ?= 0
WERROR ?= 0
PYTHON ?= /usr/bin/python3
# Where the Python packages machine, course and mutations are.
export PYTHONPATH := $(CURDIR)/iso:$(CURDIR)/docs:$(CURDIR)/tests
GRUB   ?= $(if $(shell command -v grub-mkrescue),grub,grub2)

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

ifneq ($(V),1)
Q := @
say = @printf '  %-8s %s\n' $(1) '$(2)'
endif

# GCC 12 is the first with a freestanding std::expected; where the default compiler is older, a newer one stands beside it.
first_gcc_12 = $(or $(shell for version in "" -12 -13 -14; do \
    major=$$($(1)$$version -dumpversion 2>/dev/null) && [ $${major%%.*} -ge 12 ] && echo $(1)$$version && break; done),$(1))
CXX     := $(call first_gcc_12,$(CROSS)g++)
CC      := $(subst g++,gcc,$(CXX))
AR      := $(CROSS)ar
OBJCOPY := $(CROSS)objcopy

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wcast-qual -Wundef $(if $(filter 1,$(WERROR)),-Werror)
CXX_WARNINGS := $(WARNINGS) -Wold-style-cast -Wnon-virtual-dtor

# What kernel and programs share. An i486 has no CMOV; general registers only, because nobody saves the others; no
# position-independent code, because nobody relocates it; no unwind tables, because nobody throws.
TARGET_FLAGS := -O2 -g -march=i486 -mtune=generic -ffreestanding -mgeneral-regs-only -fno-pic -fno-pie \
    -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fcf-protection=none \
    -fstack-protector-strong -mstack-protector-guard=global \
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

# The chapters' kernels: docs/NN-slug/main.cpp is kernel_main there (chapter 1 has an assembly file of its own).
CHAPTERS        := $(sort $(notdir $(wildcard docs/[0-9][0-9]-*)))
chapter_number   = $(firstword $(subst -, ,$1))
CHAPTER_KERNELS := $(foreach chapter,$(CHAPTERS),build/chapters/$(call chapter_number,$(chapter))/kernel.elf)
KERNELS         := build/kernel.elf $(filter-out %/01/kernel.elf,$(CHAPTER_KERNELS))

KERNEL_LINK := $(CXX) -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--orphan-handling=error -Wl,--build-id=none \
    -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 -T build/kernel.ld

# The kernel's reports name functions and lines. So it is linked twice: from the first link's debugging information a table
# is made, and the second link takes it in behind the text, whose addresses do not change by that.
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
define with_main
build/$1.elf build/$1-without-symbols.elf: build/$2.o
endef
$(eval $(call with_main,kernel,kernel/main.cpp))
$(foreach chapter,$(filter-out 01-%,$(CHAPTERS)),\
    $(eval $(call with_main,chapters/$(call chapter_number,$(chapter))/kernel,docs/$(chapter)/main.cpp)))

build/chapters/01/kernel.elf: build/docs/01-first-boot/loader.asm.o docs/01-first-boot/loader.ld
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) -nostdlib -static -no-pie -Wl,--build-id=none -T docs/01-first-boot/loader.ld $< -o $@
	$(Q)$(check_header)

# --- The programs: build/programs/NAME.bin (flat) and NAME.elf ---
PROGRAM_FLAGS := $(TARGET_FLAGS) -fno-tree-loop-distribute-patterns -nostdinc \
    -isystem $(shell $(CC) -print-file-name=include) -Iprograms/libc/include -Ikernel -Ilinker
PROGRAM_LINK  := $(CC) -nostdlib -static -no-pie -Wl,--orphan-handling=error -Wl,--build-id=none \
    -Wl,-z,noexecstack -Wl,-z,max-page-size=4096
C_FLAGS := -std=c17 $(WARNINGS) -Wstrict-prototypes -Wmissing-prototypes

PROGRAM_SOURCES := $(sort $(filter-out programs/libc/%,$(wildcard programs/*.* programs/*/*.asm programs/*/*.c)))
PROGRAM_SOURCES := $(filter %.asm %.c %.cpp,$(PROGRAM_SOURCES))
LIBC_SOURCES    := $(sort $(wildcard programs/libc/*.c programs/libc/*.asm))
LIBC_OBJECTS    := $(patsubst %,build/%.o,$(filter-out %/start.asm,$(LIBC_SOURCES)))
LIBC            := build/programs/libc/start.asm.o build/programs/libc.a

# Sources named *-elf become ELF programs, the others flat binaries; these become both.
BOTH          := programs/bss.c programs/hello-c.c programs/misbehave/wild-arguments.c
ELF_PROGRAMS  := $(patsubst %,build/%.elf,$(basename $(filter %-elf.c $(BOTH),$(PROGRAM_SOURCES))))
FLAT_PROGRAMS := $(patsubst %,build/%.bin,$(basename $(filter-out %-elf.c,$(PROGRAM_SOURCES))))

build/system_calls.inc: kernel/abi/system_calls.def
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)sed -n 's/^SYSTEM_CALL(\(.*\), \(.*\))/SYSTEM_CALL \1, \2/p' $< > $@

build/programs/%.c.o: programs/%.c
	$(call say,C,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(PROGRAM_FLAGS) $(C_FLAGS) -MMD -MP -c $< -o $@

build/programs/%.cpp.o: programs/%.cpp
	$(call say,C++,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) $(PROGRAM_FLAGS) $(CXX_FLAGS) -MMD -MP -c $< -o $@

build/programs/%.asm.o: programs/%.asm build/layout.inc build/system_calls.inc
	$(call say,NASM,$<)
	$(Q)mkdir -p $(@D)
	$(Q)nasm -f elf32 -g -F dwarf -w+all $(if $(filter 1,$(WERROR)),-Werror) -Ibuild/ -Iprograms/ \
	    -MD $(@:.o=.d) -MP $< -o $@

build/programs/libc.a: $(LIBC_OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# A program in assembly stands alone; one in C or C++ begins with the libc's start code. A flat program is linked as an
# ELF file first, which debuggers read; objcopy keeps nothing but its bytes, .bss included. Behind the program its file
# carries a symbol table for the kernel's reports, which is not loaded.
build/programs/%.flat: build/programs/%.asm.o build/flat.ld
	$(Q)$(PROGRAM_LINK) -T build/flat.ld $< -o $@
build/programs/%.flat: build/programs/%.c.o $(LIBC) build/flat.ld
	$(Q)$(PROGRAM_LINK) -T build/flat.ld $(filter %.o %.a,$^) -o $@
build/programs/%.flat: build/programs/%.cpp.o $(LIBC) build/flat.ld
	$(Q)$(PROGRAM_LINK) -T build/flat.ld $(filter %.o %.a,$^) -o $@
build/programs/%.bin: build/programs/%.flat linker/symbols.py
	$(call say,FLAT,$@)
	$(Q)$(OBJCOPY) -O binary --set-section-flags .bss=alloc,load,contents $< $@
	$(Q)$(READ_SYMBOLS) $< --append $@
build/programs/%.elf: build/programs/%.c.o $(LIBC) build/elf.ld linker/symbols.py
	$(call say,LINK,$@)
	$(Q)$(PROGRAM_LINK) -T build/elf.ld $(filter %.o %.a,$^) -o $@
	$(Q)$(READ_SYMBOLS) $@ --append $@
.SECONDARY:

# --- The ISO: build/trapgate.iso, with GRUB ---
# Only the GRUB modules that booting needs: about 1 MB instead of 9.5. Debugging information stays off the ISO.
GRUB_MODULES := multiboot normal iso9660 biosdisk keystatus
ISO_PROGRAMS := $(FLAT_PROGRAMS) $(ELF_PROGRAMS)

CHAPTER_MODULES := $(wildcard docs/*/modules)

build/trapgate.iso: build/kernel.elf $(CHAPTER_KERNELS) iso/boot/grub/grub.cfg $(CHAPTER_MODULES) $(ISO_PROGRAMS)
	$(call say,ISO,$@)
	$(Q)rm -rf build/iso && mkdir -p build/iso/boot/grub
	$(Q)cp iso/boot/grub/grub.cfg build/iso/boot/grub/
	$(Q)$(PYTHON) -m machine.chapters menu > build/iso/boot/grub/chapters.cfg
	$(Q)$(OBJCOPY) --strip-debug build/kernel.elf build/iso/boot/kernel.elf
	$(Q)for kernel in $(CHAPTER_KERNELS:build/%=%); do \
	    mkdir -p build/iso/boot/$$(dirname $$kernel) && \
	    $(OBJCOPY) --strip-all build/$$kernel build/iso/boot/$$kernel || exit 1; done
	$(Q)for program in $(ISO_PROGRAMS:build/%=%); do \
	    mkdir -p build/iso/boot/$$(dirname $$program) && \
	    case $$program in \
	    *.elf) $(OBJCOPY) --strip-debug build/$$program build/iso/boot/$$program && \
	        $(READ_SYMBOLS) build/$$program --append build/iso/boot/$$program ;; \
	    *) cp build/$$program build/iso/boot/$$program ;; \
	    esac || exit 1; done
	$(Q)$(GRUB)-mkrescue -d /usr/lib/grub/i386-pc --install-modules="$(GRUB_MODULES)" --locales= --fonts= --themes= \
	    -o $@ build/iso > build/grub-mkrescue.log 2>&1 || { cat build/grub-mkrescue.log; exit 1; }

# --- Running it. Each prints the emulator's command line. With CHAPTER=N it is that chapter's kernel. ---
RUN := $(PYTHON) -m machine.run

# Its kernel and its modules, which stand in docs/NN-slug/modules as in GRUB's menu: file, then words.
ifneq ($(CHAPTER),)
CHAPTER_FOLDER := $(firstword $(wildcard docs/$(CHAPTER)-* docs/0$(CHAPTER)-*))
$(if $(CHAPTER_FOLDER),,$(error There is no chapter $(CHAPTER): $(strip $(foreach chapter,$(CHAPTERS),$(call chapter_number,$(chapter))))))
CHAPTER_FILES := build/chapters/$(call chapter_number,$(notdir $(CHAPTER_FOLDER)))/kernel.elf \
    $(addprefix build/,$(shell cut -d' ' -f1 $(CHAPTER_FOLDER)/modules 2>/dev/null))
endif
# MUTATION=name: with that mistake of the catalogue in it, built apart below build/mutations.
MUTATE    := $(PYTHON) -m mutations
run_image := $(if $(MUTATION),all,$(or $(CHAPTER_FILES),build/trapgate.iso))
run_which := $(if $(CHAPTER),--chapter $(CHAPTER),--iso build/trapgate.iso)
run_in     = $(if $(MUTATION),$(MUTATE) run $(1) $(MUTATION),$(RUN) $(1) $(run_which))

.PHONY: chapter run qemu debug rewind bochs-debug
chapter: $(or $(CHAPTER_FILES),$(CHAPTER_KERNELS)) ## Build the kernel of CHAPTER=N, or of all chapters
run: $(run_image) ## Boot the ISO in Bochs: a window, or the serial console here; CHAPTER=N; MUTATION=... see mutations
	$(Q)$(call run_in,bochs)
qemu: $(run_image) ## The same in QEMU
	$(Q)$(call run_in,qemu)
debug: $(or $(CHAPTER_FILES),$(if $(PROGRAMS),build/kernel.elf $(ISO_PROGRAMS),all)) ## QEMU stopped at its start, and gdb; CHAPTER=N; PROGRAMS="hello ..." loads those without GRUB
	$(Q)$(PYTHON) -m machine.debug $(if $(CHAPTER),--chapter $(CHAPTER)) $(PROGRAMS)
rewind: all ## Record a run in QEMU, and gdb at its end that goes backwards; PROGRAMS, KERNEL=file, GDB_COMMANDS=file, MUTATION
	$(Q)$(if $(MUTATION),$(MUTATE) run rewind $(MUTATION) --,$(PYTHON) -m machine.rewind $(if $(KERNEL),--kernel $(KERNEL))) \
	    $(if $(GDB_COMMANDS),--commands $(GDB_COMMANDS)) $(PROGRAMS)
bochs-debug: $(run_image) ## Bochs at its debugger's prompt, with the kernel's symbols; CHAPTER=N
	$(Q)$(RUN) bochs $(run_which) --debugger

.PHONY: autopsy
autopsy: ## How the last machine died; or LOG=file, or QMP=socket of a QEMU that stands; KERNEL=elf JSON=1
	$(Q)$(PYTHON) -m machine.diagnosis.autopsy $(if $(LOG),--log $(LOG)) $(if $(QMP),--qmp $(QMP)) \
	    $(if $(KERNEL),--kernel $(KERNEL)) $(if $(filter 1,$(JSON)),--json)

# --- This machine ---
.PHONY: doctor
doctor: ## Check this machine's tools, and boot the system in both emulators
	$(Q)$(PYTHON) -m machine.doctor

# --- Unit tests, on the host: all logic that needs no hardware, under AddressSanitizer and UBSan ---
HOST_CXX   := $(call first_gcc_12,g++)
HOST_FLAGS := -std=c++23 -g1 -O0 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
    -Wall -Wextra -Wconversion -Wshadow $(if $(filter 1,$(WERROR)),-Werror) -Ikernel -Ilinker -Itests/unit

HOST_SOURCES := $(wildcard kernel/multiboot/*.cpp) kernel/lib/ranges.cpp \
    $(addprefix kernel/,diagnosis/selector_error.cpp drivers/line_editor.cpp drivers/scan_codes.cpp drivers/screen.cpp \
    lib/format.cpp lib/log.cpp diagnosis/symbols.cpp memory/address_space.cpp memory/frames.cpp memory/heap.cpp memory/heap_check.cpp \
    memory/page_table.cpp program/arguments.cpp program/elf.cpp program/elf_error.cpp program/elf_program.cpp \
    program/image.cpp program/program.cpp)
UNIT_SOURCES := $(wildcard tests/unit/*.cpp)
# Catch2 3 is a library, Catch2 2 a header.
CATCH_LIBRARIES = $(shell $(HOST_CXX) -std=c++23 -include catch2/catch_all.hpp -E -x c++ /dev/null >/dev/null 2>&1 && \
    echo -lCatch2Main -lCatch2)

build/host/%.cpp.o: %.cpp
	$(call say,HOST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CXX) $(HOST_FLAGS) -MMD -MP -c $< -o $@

# Catch2's own half of the program: large, and not what is under test.
build/host/tests/unit/main.cpp.o: tests/unit/main.cpp
	$(call say,HOST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CXX) -std=c++23 -Itests/unit -MMD -MP -c $< -o $@

# Its header takes seconds to compile: once, for all tests.
build/host/catch.hpp.gch: tests/unit/catch.hpp
	$(call say,HOST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CXX) $(HOST_FLAGS) -w -x c++-header $< -o $@
build/host/tests/unit/%_test.cpp.o: tests/unit/%_test.cpp build/host/catch.hpp.gch
	$(call say,HOST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CXX) $(HOST_FLAGS) -include build/host/catch.hpp -MMD -MP -c $< -o $@

build/unit-tests: $(UNIT_SOURCES:%=build/host/%.o) $(HOST_SOURCES:%=build/host/%.o)
	$(call say,LINK,$@)
	$(Q)$(HOST_CXX) $(HOST_FLAGS) $^ $(CATCH_LIBRARIES) -o $@

# One file of unit tests alone: the exercises' graders use it, because it links in a second.
build/libhost.a: $(HOST_SOURCES:%=build/host/%.o)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcsT $@ $^
build/unit/%: build/host/tests/unit/%_test.cpp.o build/host/tests/unit/main.cpp.o build/host/tests/unit/fakes.cpp.o build/libhost.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CXX) $(HOST_FLAGS) $^ $(CATCH_LIBRARIES) -o $@

# --- Fuzz targets: their corpora are replayed by `make test`; `make fuzz` looks for new inputs (needs clang) ---
FUZZ_TARGETS := $(patsubst tests/fuzz/%_fuzz.cpp,%,$(wildcard tests/fuzz/*_fuzz.cpp))
FUZZ_SECONDS ?= 60
FUZZ_SOURCES := tests/fuzz/panic.cpp $(wildcard kernel/multiboot/*.cpp) kernel/lib/ranges.cpp kernel/lib/format.cpp kernel/lib/log.cpp \
    $(addprefix kernel/program/,arguments.cpp elf.cpp elf_error.cpp image.cpp)
# libstdc++ 12 offers std::expected only to compilers that claim newer concepts than clang 14 does, though it has them.
FUZZ_FLAGS   := -std=c++2b -D__cpp_concepts=202002L -Wno-builtin-macro-redefined -g -O1 \
    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Ikernel -Ilinker -Itests/fuzz

build/replay-%: build/host/tests/fuzz/%_fuzz.cpp.o build/host/tests/fuzz/replay.cpp.o $(FUZZ_SOURCES:%=build/host/%.o)
	$(call say,LINK,$@)
	$(Q)$(HOST_CXX) $(HOST_FLAGS) $^ -o $@

.PHONY: fuzz $(FUZZ_TARGETS:%=fuzz-%)
fuzz: $(FUZZ_TARGETS:%=fuzz-%) ## Fuzz each parser for FUZZ_SECONDS (60) with libFuzzer
$(FUZZ_TARGETS:%=fuzz-%): fuzz-%: tests/fuzz/%_fuzz.cpp
	$(Q)mkdir -p build/fuzz/$*
	$(Q)clang++ $(FUZZ_FLAGS) $< $(FUZZ_SOURCES) -o build/fuzz-$*
	$(Q)build/fuzz-$* -max_len=4096 -max_total_time=$(FUZZ_SECONDS) build/fuzz/$* tests/fuzz/corpus/$*

# --- Tests ---
.PHONY: test test-unit test-sessions
test: all build/unit-tests $(FUZZ_TARGETS:%=build/replay-%) ## Run every test; ends with one line of counts; GRADERS=3900 tests all graders, as far as those seconds go
	$(Q)GRADERS=$(GRADERS) $(PYTHON) tests/run_suites.py
test-sessions: all ## Replay every console session of the documentation
	$(Q)$(PYTHON) -m pytest -q -p no:cacheprovider tests/course/test_docs.py -k session
test-unit: build/unit-tests ## Only the unit tests, on the host
	$(Q)build/unit-tests

# --- The catalogue of mistakes: each built and booted, and what explains it compared with what it is ---
.PHONY: mutations test-mutations
mutations: ## List the mistakes that can be put into the kernel: name, chapter, title
	$(Q)$(MUTATE) list
test-mutations: all build/unit-tests ## Build and boot each of them; ONLY=name,name for some
	$(Q)$(MUTATE) test $(if $(ONLY),--only $(ONLY))

# --- The course: exercises, judged by real boots ---
COURSE := $(PYTHON) -m course.main

.PHONY: exercises exercise check hint solution learn reference test-course bench-course handout grade report
exercises: ## The course's exercises, and how far you are
	$(Q)$(COURSE) exercises
exercise: ## Start one: make exercise N=4.1 (RESET=1 begins anew)
	$(Q)$(COURSE) exercise $(N) $(if $(RESET),--reset)
check: ## Judge the exercise that was started, or N=4.1 (JSON=1 for scripts, ANSWER="vector=13" for predictions)
	$(Q)$(COURSE) check $(N) $(if $(JSON),--json) $(if $(ANSWER),--answer '$(ANSWER)')
hint: ## The next hint
	$(Q)$(COURSE) hint $(N)
solution: ## Put the reference solution in; your own files are kept
	$(Q)$(COURSE) solution $(N)
learn: ## Work through the course: judges at every save
	$(Q)$(COURSE) learn
reference: ## Take the course's own files anew from the last commit, after an update of the course
	$(Q)$(COURSE) reference
test-course: ## Test the exercises' graders; ONLY="4.1 11.2" for some
	$(Q)$(COURSE) prove $(ONLY)
bench-course: ## From save to verdict: the time that each exercise takes; TIMES=5 for the least of five
	$(Q)$(COURSE) bench $(if $(TIMES),--times $(TIMES)) $(ONLY)
handout: ## For teachers: make handout OUT=dir writes a tree with every exercise open and no solution
	$(Q)$(COURSE) handout $(OUT) $(ONLY)
grade: ## For teachers: make grade SUBMISSIONS=dir OUT=file.json judges many trees
	$(Q)$(COURSE) grade $(SUBMISSIONS) $(OUT) $(ONLY)
report: ## Judge every exercise of this tree: OUT=results.json
	$(Q)$(COURSE) report $(OUT)

# --- What it costs ---
.PHONY: bench count
bench: all ## Instructions a system call, a process, a boot; sizes; build times (JSON: build/bench.json)
	$(Q)$(PYTHON) tests/bench.py --json build/bench.json
count: ## Lines of code a layer, against the budget
	$(Q)$(PYTHON) tests/count_lines.py

# --- For developers ---
.PHONY: format tidy pictures sessions reference-pages
pictures: all ## Make the documentation's pictures again, from real boots in Bochs; CHAPTER=N for one
	$(Q)$(PYTHON) -m course.pictures $(CHAPTER)
sessions: all ## Run the documentation's console sessions again and write down what they print; ONLY=docs/.../README.md
	$(Q)$(PYTHON) -m course.sessions $(ONLY)
reference-pages: ## Make docs/reference/system-calls.md again, from the list of the calls and their comments
	$(Q)$(PYTHON) -m course.reference
CXX_FILES = $(shell git ls-files '*.cpp' '*.hpp')
format: ## Format all C++ as .clang-format says
	$(Q)clang-format -i $(CXX_FILES)
tidy: compile_commands.json ## Check the kernel with clang-tidy
	$(Q)clang-tidy --quiet $(filter %.cpp,$(KERNEL_SOURCES)) kernel/main.cpp

# For clangd and clang-tidy.
compile_commands.json: Makefile
	$(Q)for source in $(filter %.cpp,$(KERNEL_SOURCES)) kernel/main.cpp; do \
	    printf '{"directory": "%s", "file": "%s", "command": "clang++ --target=i686-elf %s"},\n' \
	    '$(CURDIR)' "$$source" '$(filter-out -mgeneral-regs-only,$(KERNEL_FLAGS)) $(CXX_FLAGS) $(CLANGD_FLAGS) -c '"$$source"; \
	    done | sed '1s/^/[/; $$s/,$$/]/' > $@
CLANGD_FLAGS = -D__cpp_concepts=202002L -Wno-builtin-macro-redefined $(shell $(CXX) -E -x c++ -v /dev/null 2>&1 | sed -n 's/^ \(\/.*\)/-isystem \1/p')

# --- Everything ---
.PHONY: all
all: build/kernel.elf $(CHAPTER_KERNELS) $(FLAT_PROGRAMS) $(ELF_PROGRAMS) build/trapgate.iso ## Build everything (the default)

.PHONY: clean
clean: ## Remove everything that was built
	$(call say,CLEAN,build)
	$(Q)rm -rf build compile_commands.json

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { line = sprintf("  %-15s", $$1); count = split($$2, words, " "); \
	    for (i = 1; i <= count; i++) { \
	        if (length(line words[i]) > 78) { print line; line = sprintf("%17s", "") } \
	        line = line " " words[i] } \
	    print line }' $(MAKEFILE_LIST)

-include $(shell find $(addprefix build/,boot docs host kernel programs) -name '*.d' 2>/dev/null)

endif # no setup
