# The ISO with GRUB, its menu, the kernels and the programs. The Makefile includes this.
# Only the GRUB modules that booting needs: about 1 MB instead of 9.5. Debugging information stays off the ISO. GRUB 2.14 looks
# for each kind of partition table, and complains where a module is missing.
PARTITIONS   := $(sort $(basename $(notdir $(wildcard $(GRUB_FOLDER)/part_*.mod))))
GRUB_MODULES := multiboot normal iso9660 biosdisk keystatus $(PARTITIONS)
ISO_PROGRAMS := $(filter-out build/programs/bin/%,$(FLAT_PROGRAMS) $(ELF_PROGRAMS))

CHAPTER_MODULES := $(wildcard docs/*/modules)
CHAPTER_TITLES  := $(shell head -qn 1 docs/[0-9]*/README.md 2>/dev/null)

# The root file system: what is below iso/root, and the ELF programs in bin/. Names in order and times of 0, so that the
# same files make the same archive.
ROOT_FILES    := $(shell find iso/root)
ROOT_PROGRAMS := $(filter-out build/programs/misbehave/%,$(ELF_PROGRAMS))
$(call remember,iso.list,$(CHAPTER_KERNELS) $(CHAPTER_MODULES) $(ISO_PROGRAMS) $(GRUB_MODULES) $(ROOT_FILES) $(ROOT_PROGRAMS))
$(call remember,menu.list,$(CHAPTER_TITLES))
build/initrd.tar: $(ROOT_FILES) $(ROOT_PROGRAMS) build/iso.list
	$(call say,TAR,$@)
	$(Q)rm -rf build/root && cp -R iso/root build/root && mkdir -p build/root/bin
	$(Q)for program in $(ROOT_PROGRAMS); do \
	    $(OBJCOPY) --strip-debug $$program build/root/bin/$$(basename $$program .elf) || exit 1; done
	$(Q)tar --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime=@0 \
	    -C build/root -cf $@ .

build/trapgate.iso: build/kernel.elf $(CHAPTER_KERNELS) iso/boot/grub/grub.cfg $(CHAPTER_MODULES) $(ISO_PROGRAMS) \
    build/initrd.tar build/iso.list build/menu.list iso/machine/chapters.py
	$(call say,ISO,$@)
	$(Q)rm -rf build/iso && mkdir -p build/iso/boot/grub
	$(Q)cp iso/boot/grub/grub.cfg build/iso/boot/grub/
	$(Q)cp build/initrd.tar build/iso/boot/
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
	$(Q)$(GRUB)-mkrescue $(GRUB_FOLDER:%=-d %) --install-modules="$(GRUB_MODULES)" --locales= --fonts= --themes= \
	    -o $@ build/iso > build/grub-mkrescue.log 2>&1 || { cat build/grub-mkrescue.log; exit 1; }
