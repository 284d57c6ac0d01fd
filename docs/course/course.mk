# The course: exercises, judged by real boots, and the documentation. The Makefile includes this.
COURSE := $(PYTHON) -m course.main

.PHONY: exercises exercise check hint solution learn mine theirs reference test-course bench-course handout grade report
exercises: ## List the course's exercises, and how far you are
	$(Q)$(COURSE) exercises
exercise: ## Start one: make exercise N=4.1 (RESET=1 starts over)
	$(Q)$(COURSE) exercise $(N) $(if $(filter 1,$(RESET)),--reset)
check: ## Judge the exercise that was started, or N=4.1 (JSON=1 for scripts, ANSWER="vector=13" for predictions)
	$(Q)$(COURSE) check $(N) $(if $(filter 1,$(JSON)),--json) $(if $(ANSWER),--answer $(call quoted,$(ANSWER)))
hint: ## The next hint
	$(Q)$(COURSE) hint $(N)
solution: ## Put the reference solution in; your own files are kept
	$(Q)$(COURSE) solution $(N)
mine: ## List the functions that are yours, and boot the kernel with all of them in QEMU
	$(Q)$(COURSE) mine
theirs: ## The course's version beside your own: N=4.1
	$(Q)$(COURSE) theirs $(N)
learn: ## Work through the course, judged at every save; N=4.1 begins there; PROGRESS=file reads what you predicted in a browser
	$(Q)$(COURSE) learn $(N) $(if $(PROGRESS),--progress $(call quoted,$(PROGRESS)))
reference: ## Restore the course's own files, after an update of the course or from the handout; COMMIT=... from that commit
	$(Q)$(COURSE) reference $(if $(COMMIT),$(call quoted,$(COMMIT)))
test-course: ## Test the exercises' graders, with mutants; ONLY="4.1 11.2" for some
	$(Q)$(COURSE) prove $(ONLY)
bench-course: ## Time each exercise, from save to verdict; TIMES=5 for the fastest of five
	$(Q)$(COURSE) bench $(if $(TIMES),--times $(TIMES)) $(ONLY)
handout: ## For teachers: make handout OUT=dir writes a tree with every exercise open and no solution; ONLY="4.1 5"; OBJECTS=0
	$(Q)$(COURSE) handout $(if $(filter 0,$(OBJECTS)),--no-objects) $(if $(OUT),$(call quoted,$(OUT))) $(ONLY)
grade: ## For teachers: make grade SUBMISSIONS=dir OUT=file.json judges many trees; POINTS=file HIDDEN=dir ONLY="4.1 4.3"
	$(Q)$(COURSE) grade $(if $(POINTS),--points $(call quoted,$(POINTS))) $(if $(HIDDEN),--hidden $(call quoted,$(HIDDEN))) \
	    $(if $(SUBMISSIONS),$(call quoted,$(SUBMISSIONS))) $(if $(OUT),$(call quoted,$(OUT))) $(ONLY)
report: ## Judge every exercise of this tree: OUT=results.json
	$(Q)$(COURSE) report $(if $(OUT),$(call quoted,$(OUT)))

# --- The documentation: what it shows, made anew ---
.PHONY: test-sessions pictures sessions reference-pages
pictures: all ## Make the documentation's pictures again, from real boots in Bochs; CHAPTER=N for one
	$(Q)$(PYTHON) -m course.pictures $(CHAPTER)
sessions: all ## Run the documentation's console sessions again and write down what they print; ONLY=docs/.../README.md
	$(Q)$(PYTHON) -m course.sessions $(ONLY)
reference-pages: ## Make docs/reference/system-calls.md again, from the list of the calls and their comments
	$(Q)$(PYTHON) -m course.reference
test-sessions: all ## Replay every console session of the documentation
	$(Q)$(PYTHON) -m pytest -q -p no:cacheprovider tests/course/test_docs.py -k session
