# Tests, what the kernel costs, and checks of its source. The Makefile includes this.

# --- Unit tests, on the host: all logic that needs no hardware, under AddressSanitizer and UBSan ---
HOST_CXX   := $(call first_gcc_12,g++)
HOST_FLAGS := -std=c++23 -g1 -O0 -fsanitize=address,undefined -D_GLIBCXX_ASSERTIONS -fno-sanitize-recover=all -fno-omit-frame-pointer \
    -Wall -Wextra -Wconversion -Wshadow $(if $(filter 1,$(WERROR)),-Werror) -Ikernel -Ilinker -Itests/unit

# Not what drives hardware, knows the scheduler or has assembly in it. By name: no word of a reader's file takes it from the tests
# of it. Of the archive, a test takes what it uses.
NOT_ON_HOST  := cpu/% syscall/% process/% program/auxiliary_vector $(addprefix diagnosis/,backtrace exceptions report) \
    $(addprefix drivers/,console keyboard pic pit power serial serial_queue vga) \
    $(addprefix files/,clock devices pipe proc random_device terminal) \
    $(addprefix lib/,memory_functions out_of_range panic pure_virtual stack_protector) \
    $(addprefix memory/,boot_memory kernel_heap new page_fault_report paging user_memory)
HOST_SOURCES := $(filter-out $(NOT_ON_HOST:%=kernel/%.cpp),$(wildcard kernel/*/*.cpp)) \
    $(patsubst %,kernel/process/%.cpp,family memory_loan memory_on_demand signal_frame)
UNIT_SOURCES := $(wildcard tests/unit/*.cpp)
# Catch2 3 is a library, Catch2 2 a header.
CATCH_LIBRARIES = $(shell $(HOST_CXX) -std=c++23 -include catch2/catch_all.hpp -E -x c++ /dev/null >/dev/null 2>&1 && \
    echo -lCatch2Main -lCatch2)

CATCH_VERSION := $(shell grep -hs 'define CATCH_VERSION_' $(foreach place,/usr/include /usr/local/include /opt/homebrew/include,\
    $(place)/catch2/catch.hpp $(place)/catch2/catch_version_macros.hpp))
HOST_COMPILER := $(call release_of,$(HOST_CXX))

$(call remember,host.flags,$(HOST_CXX) $(filter-out -Werror,$(HOST_FLAGS)) $(HOST_COMPILER) $(CATCH_VERSION))
$(call remember,host.list,$(UNIT_SOURCES) $(HOST_SOURCES))
HOST_CHANGES := build/host.flags $(if $(filter 1,$(WERROR)),build/werror)

# The standard library's headers take most of a file's time: once, for all of the kernel's files. -MD: these are the system's.
build/host/standard.hpp.gch: tests/unit/standard.hpp build/host.flags
	$(call say,HOST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CXX) $(HOST_FLAGS) -w -MD -MP -x c++-header $< -o $@
build/host/kernel/%.cpp.o: kernel/%.cpp build/host/standard.hpp.gch $(HOST_CHANGES)
	$(call say,HOST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CXX) $(HOST_FLAGS) -include build/host/standard.hpp -MMD -MP -c $< -o $@
build/host/%.cpp.o: %.cpp $(HOST_CHANGES)
	$(call say,HOST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CXX) $(HOST_FLAGS) -MMD -MP -c $< -o $@

# Catch2's own half of the program: large, and not what is under test.
build/host/tests/unit/main.cpp.o: tests/unit/main.cpp build/host.flags
	$(call say,HOST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CXX) -std=c++23 -Itests/unit -MMD -MP -c $< -o $@

# Its header takes seconds to compile: once, for all tests.
build/host/catch.hpp.gch: tests/unit/catch.hpp build/host.flags
	$(call say,HOST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CXX) $(HOST_FLAGS) -w -MD -MP -x c++-header $< -o $@
build/host/tests/unit/%_test.cpp.o: tests/unit/%_test.cpp build/host/catch.hpp.gch $(HOST_CHANGES)
	$(call say,HOST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CXX) $(HOST_FLAGS) -include build/host/catch.hpp -MMD -MP -c $< -o $@

build/unit-tests: $(UNIT_SOURCES:%=build/host/%.o) build/libhost.a build/host.list
	$(call say,LINK,$@)
	$(Q)$(HOST_CXX) $(HOST_FLAGS) $(filter %.o %.a,$^) $(CATCH_LIBRARIES) -o $@

# One file of unit tests alone: the exercises' graders use it, because it links in a second.
build/libhost.a: $(HOST_SOURCES:%=build/host/%.o) build/host.list
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcsT $@ $(filter %.o,$^)
build/unit/tree_host: build/host/tests/unit/host_files.cpp.o
build/unit/line_discipline_host: build/host/tests/unit/host_terminal.cpp.o
build/unit/%: build/host/tests/unit/%_test.cpp.o build/host/tests/unit/main.cpp.o build/host/tests/unit/fakes.cpp.o \
    build/host/tests/unit/linker_symbols.cpp.o build/libhost.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CXX) $(HOST_FLAGS) $^ $(CATCH_LIBRARIES) -o $@

# --- Fuzz targets: their corpora are replayed by `make test`; `make fuzz` looks for new inputs (needs clang) ---
FUZZ_TARGETS := $(patsubst tests/fuzz/%_fuzz.cpp,%,$(wildcard tests/fuzz/*_fuzz.cpp))
FUZZ_SECONDS ?= 60
# What a target needs of the kernel: what its replay took out of the archive.
FUZZ_SOURCES  = $$(sed -n 's|.*build/host/\(kernel/.*\.cpp\)\.o.*|\1|p' build/parts-of-$*)
# $(call newest,TOOL): of LLVM's, by the number after its name.
newest        = $(notdir $(lastword $(1) $(sort $(wildcard /usr/bin/$(1)-[12]?))))
# From clang 16 on: older ones can't copy an std::expected of references.
FUZZ_CXX      = $(call newest,clang++)
FUZZ_FLAGS   := -std=c++2b -g -O1 \
    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Ikernel -Ilinker -Itests/fuzz

$(FUZZ_TARGETS:%=build/replay-%): build/replay-%: build/host/tests/fuzz/%_fuzz.cpp.o build/host/tests/fuzz/replay.cpp.o build/host/tests/fuzz/panic.cpp.o \
    build/host/tests/unit/linker_symbols.cpp.o build/libhost.a
	$(call say,LINK,$@)
	$(Q)$(HOST_CXX) $(HOST_FLAGS) $^ -o $@ -Wl,--trace > build/parts-of-$*

.PHONY: fuzz $(FUZZ_TARGETS:%=fuzz-%)
fuzz: $(FUZZ_TARGETS:%=fuzz-%) ## Fuzz what reads bytes from outside, each part for FUZZ_SECONDS (60), with libFuzzer
$(FUZZ_TARGETS:%=fuzz-%): fuzz-%: build/replay-%
	$(Q)mkdir -p build/fuzz/$*
	$(Q)$(FUZZ_CXX) $(FUZZ_FLAGS) tests/fuzz/$*_fuzz.cpp tests/fuzz/panic.cpp tests/unit/linker_symbols.cpp $(FUZZ_SOURCES) -o build/fuzz-$*
	$(Q)build/fuzz-$* -max_len=4096 -max_total_time=$(FUZZ_SECONDS) build/fuzz/$* tests/fuzz/corpus/$*

# --- The soak: programs that put the kernel under load, and a kernel that says what it has in use (tests/soak/checks.cpp) ---
SOAK_PROGRAMS := $(patsubst %.c,build/%.elf,$(wildcard tests/soak/*.c))
SOAK          := build/tests/soak/kernel.elf build/initrd.tar $(SOAK_PROGRAMS)
# What the test kernel has functions of its own for.
WRAPPED       := _ZN6kernel6frames8allocateEv _ZN6kernel6frames15allocate_zeroedEv _ZN6kernel4heap8allocateEjj _ZN6kernel5files11enable_procEv
$(eval $(call with_main,tests/soak/kernel,kernel/main.cpp))
$(eval $(call with_main,tests/soak/kernel,tests/soak/checks.cpp))
$(call remember,soak.list,$(WRAPPED))
build/tests/soak/kernel.elf build/tests/soak/kernel-without-symbols.elf: build/soak.list
build/tests/soak/kernel.elf build/tests/soak/kernel-without-symbols.elf: private KERNEL_LINK += $(WRAPPED:%=-Wl,--wrap=%)

build/tests/soak/%.elf: build/tests/soak/%.c.o $(LIBC) build/elf.ld
	$(call say,LINK,$@)
	$(Q)$(PROGRAM_LINK) -T build/elf.ld $(filter %.o %.a,$^) -o $@

# --- Tests ---
.PHONY: test test-unit test-soak
test: all build/unit-tests $(SOAK) $(FUZZ_TARGETS:%=build/replay-%) ## Run every test; ends with one line of counts; GRADERS=1200 adds graders that the last commit affects, for at most that many seconds
	$(Q)GRADERS=$(GRADERS) $(PYTHON) tests/run_suites.py
test-unit: build/unit-tests ## Only the unit tests, on the host
	$(Q)build/unit-tests
test-soak: build/trapgate.iso $(SOAK) ## The kernel under load, at length, with programs of ours and a distribution's shells: SEED=1 CALLS=1000000 CYCLES=10000 as wanted
	$(Q)SEED=$(or $(SEED),1) CALLS=$(or $(CALLS),1000000) CYCLES=$(or $(CYCLES),10000) \
	    $(PYTHON) -m pytest -q -s -p no:cacheprovider tests/boot/test_soak.py tests/boot/test_session.py tests/linux/test_endurance.py

.PHONY: test-linux
test-linux: all $(SOAK) ## Check that a distribution's programs for i386 (fetched) do here what they do on this machine's Linux; ends with one line of counts
	$(Q)$(PYTHON) tests/run_suites.py linux

.PHONY: test-systems
test-systems: ## Try all this on fresh minimal Debian systems, made here (as root); SYSTEMS="trixie ..." for some, WHOLE=1 runs every test
	$(Q)$(PYTHON) tests/systems.py $(if $(filter 1,$(WHOLE)),--whole) $(SYSTEMS)

# --- The catalogue of mistakes: each built and booted, and what explains it compared with what it is ---
.PHONY: mutations test-mutations
mutations: ## List the mistakes that can be put into the kernel: name, chapter, title
	$(Q)$(MUTATE) list
test-mutations: all build/unit-tests ## Build and boot each of them; ONLY=name,name for some
	$(Q)$(MUTATE) test $(if $(ONLY),--only $(ONLY))

# --- What it costs ---
.PHONY: bench bench-linux cost count
bench: all ## Instructions per system call, process and boot; sizes; build times (JSON: build/bench.json). What is over its target is marked, and no failure; PROFILE=fork: by function
	$(Q)$(PYTHON) tests/bench.py $(if $(PROFILE),--profile $(PROFILE),--json build/bench.json)
bench-linux: all ## Run its program on this machine's Linux, to see that each operation does its work; print the costs here beside other kernels'
	$(Q)$(PYTHON) tests/bench_linux.py
cost: all ## Measure again what operations cost against size: docs/reference/cost.md and its plot
	$(Q)$(PYTHON) tests/cost.py
count: ## Lines of code per layer, against the budget
	$(Q)$(PYTHON) tests/count_lines.py

# --- For developers ---
.PHONY: format tidy
TIDY_SOURCES := $(filter %.cpp,$(KERNEL_SOURCES)) kernel/main.cpp
CLANG_TIDY    = $(call newest,clang-tidy)
CXX_FILES     = $(shell git ls-files '*.cpp' '*.hpp')
format: ## Format all C++ as .clang-format says
	$(Q)clang-format -i $(CXX_FILES)
tidy: $(patsubst %.cpp,build/tidy/%,$(TIDY_SOURCES)) ## Check the kernel with clang-tidy, from LLVM 16 on; with -j2 two files at once

# The object is made anew when a header has changed; so is this.
build/tidy/%: %.cpp build/%.cpp.o .clang-tidy compile_commands.json
	$(call say,TIDY,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG_TIDY) --quiet $< && touch $@

# For clangd and clang-tidy.
compile_commands.json: Makefile tests/tests.mk
	$(Q)for source in $(TIDY_SOURCES); do \
	    printf '{"directory": "%s", "file": "%s", "command": "clang++ --target=i686-linux-gnu %s"},\n' \
	    '$(CURDIR)' "$$source" '$(CLANG_FLAGS) -c '"$$source"; \
	    done | sed '1s/^/[/; $$s/,$$/]/' > $@
# clang does not know all of GCC's options, nor where the cross compiler's headers are; clang 14 calls C++23 2b.
CLANG_FLAGS = $(subst c++23,c++2b,$(filter-out -mgeneral-regs-only -mpreferred-stack-boundary=2 -fno-tree-loop-distribute-patterns,\
    $(KERNEL_FLAGS) $(CXX_FLAGS))) -D__cpp_concepts=202002L -Wno-builtin-macro-redefined \
    $(shell $(CXX) -E -x c++ -v /dev/null 2>&1 | sed -n 's/^ \(\/[^ ]*\)$$/-isystem \1/p')
