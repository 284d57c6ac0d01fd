# What is booted: the ISO, a chapter's kernel (CHAPTER=N), programs without GRUB (PROGRAMS="hello ..."), or a kernel with a
# mistake in it (MUTATION=name). The Makefile includes this.
RUN := $(PYTHON) -m machine.run

# Files in which the function of an exercise is open; .course/open names those of the exercise that was started.
HOLES := $(if $(wildcard .course/open),$(shell xargs grep -lsiE 'is not solved yet|not_solved[^a-z]*"' < .course/open)) \
    $(wildcard docs/course/handout)
# What such a function would use is unused as long as it is open: no warning is of help there.
HUSH := $(if $(strip $(HOLES)),-Wno-unused -Wno-unused-parameter)

# Its kernel and its modules, which docs/NN-slug/modules lists as GRUB's menu does: file, then words.
ifneq ($(CHAPTER),)
CHAPTER_FOLDER := $(firstword $(wildcard docs/$(CHAPTER)-* docs/0$(CHAPTER)-*))
$(if $(CHAPTER_FOLDER),,$(error There is no chapter $(CHAPTER): $(strip $(foreach chapter,$(CHAPTERS),$(call chapter_number,$(chapter))))))
CHAPTER_FILES := build/chapters/$(call chapter_number,$(notdir $(CHAPTER_FOLDER)))/kernel.elf \
    $(addprefix build/,$(shell cut -d' ' -f1 $(CHAPTER_FOLDER)/modules 2>/dev/null))
endif
# MUTATION=name: with that mistake of the catalogue in it, built apart below build/mutations.
MUTATE    := $(PYTHON) -m mutations
$(if $(MUTATION),$(foreach goal,$(filter debug bochs-debug,$(MAKECMDGOALS)),$(error `make $(goal)` takes no MUTATION. \
    `make rewind MUTATION=$(MUTATION)` runs it, and opens gdb at its end)))
# Each of these words names a machine of its own, and not every target knows each: nothing may be booted but what was asked for.
machine_words := $(if $(CHAPTER),CHAPTER) $(if $(PROGRAMS),PROGRAMS) $(if $(MUTATION),MUTATION) $(if $(filter 1,$(LINUX)),LINUX)
booting_goals := $(filter run qemu debug rewind bochs-debug,$(MAKECMDGOALS))
$(if $(booting_goals),$(if $(word 2,$(machine_words)),$(error One of $(strip $(machine_words)) at a time: each says what is booted)))
not_by = $(and $(filter $1,$(machine_words)),$(filter $2,$(booting_goals)),$(error `make $(filter $2,$(booting_goals))` takes no $1))
$(call not_by,CHAPTER,rewind)$(call not_by,LINUX,debug rewind)
# PROGRAMS="hello ...": those, without GRUB.
program_file = $(or $(firstword $(wildcard $(addprefix build/,programs/$1.bin programs/$1.elf programs/$1 $1))),$(error There is no program $1))
# LINUX=1: with a distribution's programs for i386, and its shell at the prompt.
build/linux/initrd.tar: build/initrd.tar $(wildcard tests/linux/*.py) tests/linux/packages.txt
	$(Q)mkdir -p $(@D)
	$(Q)$(PYTHON) -m linux.image $@
LINUX_MODULES := $(if $(filter 1,$(LINUX)),build/programs/init.bin build/linux/initrd.tar)
# While one is open, chapters boot with the course's own version of it; a handout's, where the course's kernels came along.
APART := $(and $(CHAPTER),$(if $(wildcard docs/course/handout),$(wildcard docs/course/handout.sealed),$(strip $(HOLES))))
run_image := $(if $(MUTATION),all,$(if $(APART),,$(or $(CHAPTER_FILES),$(if $(LINUX_MODULES),build/kernel.elf $(LINUX_MODULES)),$(if $(PROGRAMS),build/kernel.elf $(ISO_PROGRAMS) build/initrd.tar,build/trapgate.iso))))
run_which  = $(if $(CHAPTER),--chapter $(CHAPTER),$(if $(LINUX_MODULES)$(PROGRAMS),--kernel build/kernel.elf $(if $(LINUX_MODULES),--memory 64) \
    $(foreach module,$(or $(LINUX_MODULES),$(foreach program,$(PROGRAMS),$(call program_file,$(program))) build/initrd.tar),--module $(module)),\
    --iso build/trapgate.iso))
run_in     = $(if $(MUTATION),$(MUTATE) run $(1) $(MUTATION),$(if $(APART),$(COURSE) boot $(1) $(CHAPTER),$(RUN) $(1) $(run_which)))
