# The ISO with GRUB, its menu, the kernels and the programs. The Makefile includes this.
# Only the GRUB modules that booting needs: about 1 MB instead of 9.5. Debugging information stays off the ISO. GRUB 2.14 looks
# for each kind of partition table, and complains where a module is missing.
PARTITIONS   := $(sort $(basename $(notdir $(wildcard /usr/lib/grub/i386-pc/part_*.mod))))
GRUB_MODULES := multiboot normal iso9660 biosdisk keystatus $(PARTITIONS)
ISO_PROGRAMS := $(FLAT_PROGRAMS) $(ELF_PROGRAMS)

CHAPTER_MODULES := $(wildcard docs/*/modules)

$(call remember,iso.list,$(CHAPTER_KERNELS) $(ISO_PROGRAMS) $(GRUB_MODULES))
build/trapgate.iso: build/kernel.elf $(CHAPTER_KERNELS) iso/boot/grub/grub.cfg $(CHAPTER_MODULES) $(ISO_PROGRAMS) \
    build/iso.list
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
