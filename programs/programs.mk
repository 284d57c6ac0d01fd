# The programs: build/programs/NAME.bin (flat) and NAME.elf. The Makefile includes this. A new file in programs/bin needs no entry here.
PROGRAM_FLAGS := $(TARGET_FLAGS) -fno-tree-loop-distribute-patterns -nostdinc \
    -isystem $(shell $(CC) -print-file-name=include 2>/dev/null) -Iprograms/libc/include -Ikernel -Ilinker
PROGRAM_LINK  := $(CC) -nostdlib -static -no-pie -Wl,--orphan-handling=error -Wl,--build-id=none \
    -Wl,-z,noexecstack -Wl,-z,max-page-size=4096
C_FLAGS := -std=c17 $(WARNINGS) -Wstrict-prototypes -Wmissing-prototypes

PROGRAM_SOURCES := $(sort $(filter-out programs/libc/%,$(wildcard programs/*.* programs/*/*.asm programs/*/*.c)))
PROGRAM_SOURCES := $(filter %.asm %.c %.cpp,$(PROGRAM_SOURCES))
LIBC_SOURCES    := $(sort $(wildcard programs/libc/*.c programs/libc/*.asm))
LIBC_OBJECTS    := $(patsubst %,build/%.o,$(filter-out %/start.asm,$(LIBC_SOURCES)))
LIBC            := build/programs/libc/start.asm.o build/programs/libc.a

# Sources named *-elf and those of programs/bin become ELF programs, the others flat binaries; these become both.
BOTH          := programs/bss.c programs/hello-c.c programs/processes.c programs/memory.c programs/misbehave/wild-arguments.c
ELF_PROGRAMS  := $(patsubst %,build/%.elf,$(basename $(filter %-elf.c programs/bin/%.c $(BOTH),$(PROGRAM_SOURCES))))
FLAT_PROGRAMS := $(patsubst %,build/%.bin,$(basename $(filter-out %-elf.c programs/bin/%.c,$(PROGRAM_SOURCES))))

$(call remember,programs.flags,$(CC) $(filter-out -Werror,$(PROGRAM_FLAGS) $(CXX_FLAGS) $(C_FLAGS) $(PROGRAM_LINK)))
$(call remember,libc.list,$(LIBC_OBJECTS))

build/system_calls.inc: kernel/abi/system_calls.def
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)sed -n 's/^SYSTEM_CALL(\([0-9]*\), \([a-z0-9_]*\).*/SYSTEM_CALL \1, \2/p' $< > $@

build/%.c.o: %.c build/programs.flags $(FLAGS)
	$(call say,C,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(PROGRAM_FLAGS) $(C_FLAGS) $(HERE) -MMD -MP -c $< -o $@

build/programs/%.cpp.o: programs/%.cpp build/programs.flags $(FLAGS)
	$(call say,C++,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) $(PROGRAM_FLAGS) $(CXX_FLAGS) $(HERE) -MMD -MP -c $< -o $@

build/programs/%.asm.o: programs/%.asm build/layout.inc build/system_calls.inc $(FLAGS)
	$(call say,NASM,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(NASM) -Iprograms/ -MD $(@:.o=.d) -MP $< -o $@

# For the one program that aims at a page of the kernel which has no fixed address.
build/kernel_symbols.inc: build/kernel.elf
	$(call say,GEN,$@)
	$(Q)$(CROSS)nm $< | sed -n 's/^\(.*\) . boot_stack_guard$$/BOOT_STACK_GUARD equ 0x\1/p' > $@
build/programs/misbehave/jump-guard.asm.o: build/kernel_symbols.inc

build/programs/libc.a: $(LIBC_OBJECTS) build/libc.list
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

# A program in assembly is complete in itself; one in C or C++ begins with the libc's start code. A flat program is linked
# as an ELF file first, which debuggers read; objcopy keeps nothing but its bytes, .bss included. After the program its file
# carries a symbol table for the kernel's reports, which is not loaded. It gets its name when both are in it.
build/programs/%.flat: build/programs/%.asm.o build/flat.ld
	$(Q)$(PROGRAM_LINK) -T build/flat.ld $< -o $@
build/programs/%.flat: build/programs/%.c.o $(LIBC) build/flat.ld
	$(Q)$(PROGRAM_LINK) -T build/flat.ld $(filter %.o %.a,$^) -o $@
build/programs/%.flat: build/programs/%.cpp.o $(LIBC) build/flat.ld
	$(Q)$(PROGRAM_LINK) -T build/flat.ld $(filter %.o %.a,$^) -o $@
build/programs/%.bin: build/programs/%.flat linker/symbols.py
	$(call say,FLAT,$@)
	$(Q)$(OBJCOPY) -O binary --set-section-flags .bss=alloc,load,contents $< $@.new
	$(Q)$(READ_SYMBOLS) $< --append $@.new && mv $@.new $@
build/programs/%.elf: build/programs/%.c.o $(LIBC) build/elf.ld linker/symbols.py
	$(call say,LINK,$@)
	$(Q)$(PROGRAM_LINK) -T build/elf.ld $(filter %.o %.a,$^) -o $@.new
	$(Q)$(READ_SYMBOLS) $@.new --append $@.new && mv $@.new $@

# Named here, because what is named nowhere counts as a step in between: make deletes it, and does not miss it.
.PHONY: program-steps
program-steps: $(PROGRAM_SOURCES:%=build/%.o) $(FLAT_PROGRAMS:.bin=.flat) $(LIBC) build/flat.ld build/elf.ld

