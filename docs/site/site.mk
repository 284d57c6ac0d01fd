# The site: the whole course to read in a browser, as static files in build/site. The Makefile includes this.
# `make setup-site` installs what it needs, apart from `make setup`: who learns from the tree needs none of it.
SITE       := docs/site
SITE_WORK  := build/site-work
SITE_TOOLS := $(SITE_WORK)/tools

.PHONY: setup-site site serve test-site
setup-site: ## Install what making the site needs: Sphinx, Chromium, emscripten, Node packages
	$(Q)PACKAGE_TABLE=$(SITE)/packages.table PYTHON=$(PYTHON) sh iso/machine/setup.sh
	$(Q)mkdir -p $(SITE_TOOLS) && cp $(SITE)/package.json $(SITE)/package-lock.json $(SITE_TOOLS)/
	$(Q)cd $(SITE_TOOLS) && npm ci --ignore-scripts --no-audit --no-fund
	$(Q)$(SITE)/machine/build.sh fetch $(SITE_WORK)/machine

# In one call (`make setup-site site test-site`) one after the other.
site test-site $(SITE_WORK)/machine/bochs.wasm: | $(filter setup-site,$(MAKECMDGOALS))
serve test-site: | $(filter site,$(MAKECMDGOALS))

# Bochs as WebAssembly; compiled once.
MACHINE_PARTS := $(addprefix $(SITE)/machine/,build.sh page_gui.cpp)
$(SITE_WORK)/machine/bochs.wasm: $(MACHINE_PARTS)
	$(call say,BOCHS,$@ (some minutes))
	$(Q)$(SITE)/machine/build.sh $(SITE_WORK)/machine $(@D)

site: all $(SITE_WORK)/machine/bochs.wasm ## Build the course as web pages, in build/site
	$(Q)[ -d $(SITE_TOOLS)/node_modules ] || { echo 'make setup-site first: it installs what the site is made with'; exit 1; }
	$(Q)cmp -s $(SITE)/package-lock.json $(SITE_TOOLS)/package-lock.json || { echo 'make setup-site again: what the site is made with has changed'; exit 1; }
	$(call say,GATHER,$(SITE_WORK)/text)
	$(Q)$(PYTHON) $(SITE)/gather.py $(SITE_WORK)/text build/site
	$(Q)node $(SITE)/diagrams.mjs $(SITE_TOOLS) $(SITE_WORK)/text
	$(Q)$(PYTHON) $(SITE)/machine/media.py $(SITE_WORK)/machine build/site/machine
	$(call say,MISTAKES,build/site/machine/variants)
	$(Q)$(PYTHON) $(SITE)/machine/variants.py build/site/machine/variants
	$(call say,SPHINX,build/site)
	$(Q)$(PYTHON) -m sphinx -q -W --keep-going -b html -c $(SITE) -d $(SITE_WORK)/doctrees $(SITE_WORK)/text build/site
	$(call say,BOOK,build/site/trapgate.pdf and .epub)
	$(Q)$(PYTHON) $(SITE)/gather.py $(SITE_WORK)/book-text
	$(Q)cp -r $(SITE_WORK)/text/diagrams $(SITE_WORK)/book-text/
	$(Q)$(PYTHON) -m sphinx -q -W --keep-going -b epub -c $(SITE) -d $(SITE_WORK)/book-doctrees $(SITE_WORK)/book-text $(SITE_WORK)/book
	$(Q)$(PYTHON) $(SITE)/book.py $(SITE_WORK)/book $(SITE_WORK)/book.html
	$(Q)node $(SITE)/print.mjs $(SITE_TOOLS) $(SITE_WORK)/book.html build/site/trapgate.pdf
	$(Q)cp $(SITE_WORK)/book/Trapgate.epub build/site/trapgate.epub

serve: ## Show build/site in a browser of this machine: PORT=8000
	$(Q)$(PYTHON) $(SITE)/serve.py build/site $(or $(PORT),8000)

test-site: ## Test build/site (`make site` first) as files and in Chromium
	$(Q)$(PYTHON) tests/run_suites.py site
