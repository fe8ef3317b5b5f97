# segkit: every command sets itself up. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: _study help reports report new assign test sweeps quick check lab bench hostile sbom catalogue lock clean
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKS := pyproject.toml uv.lock requirements.txt requirements-dev.txt requirements-build.txt
OWN := $(CURDIR)/$(VENV)/var/segkit
JUPYTER := JUPYTER_CONFIG_DIR=$(OWN)/config JUPYTER_DATA_DIR=$(OWN)/data JUPYTER_RUNTIME_DIR=$(OWN)/runtime \
	IPYTHONDIR=$(OWN)/ipython

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

reports: $(VENV)/.ready  ## build every report that is not up to date
	@$(BIN)/segkit build

report: _study $(VENV)/.ready  ## build one report: make report S=coca-cola
	@$(BIN)/segkit build "$(S)"

_study:
	@test -n "$(S)" || { echo "which study? make report S=<name>; there are: $(basename $(notdir $(wildcard reports/*.yaml)))"; exit 2; }

new: $(VENV)/.ready  ## start a study from your data: make new S=my-shop DATA=purchases.csv
	@test -n "$(S)" -a -n "$(DATA)$(BRAND)$(SEGMENTS)" || { echo 'say which: make new S=my-shop DATA=purchases.csv [NOTEBOOK=01-customers], S=my-case BRAND=Vinamilk, or S=my-target SEGMENTS=my-shop'; exit 2; }
	@$(BIN)/segkit new "$(S)" $(if $(DATA),--data "$(DATA)") $(if $(BRAND),--brand "$(BRAND)") $(if $(SEGMENTS),--segments "$(SEGMENTS)") $(if $(NOTEBOOK),--notebook "$(NOTEBOOK)")

assign: $(VENV)/.ready  ## give new people their segment: make assign S=my-segments DATA=new.csv TO=out.csv
	@test -n "$(S)" -a -n "$(DATA)" -a -n "$(TO)" || { echo 'say which: make assign S=my-segments DATA=new.csv TO=out.csv'; exit 2; }
	@$(BIN)/segkit assign "$(S)" --data "$(DATA)" --to "$(TO)"

test: $(VENV)/.ready-dev  ## run the tests, all but the sweeps
	@$(BIN)/python -m pytest -n auto --dist loadfile -m "not sweep"

sweeps: $(VENV)/.ready-dev  ## run the long tests: simulations, fuzzes, Spark, chains of studies, pages in Chromium
	@$(BIN)/python -m pytest -n auto --dist loadfile -m sweep

quick: $(VENV)/.ready-dev  ## run the tests that build no page, while you work
	@$(BIN)/python -m pytest -n auto --dist loadfile -m "not sweep and not page"

check: $(VENV)/.ready-dev  ## lint, check types, and check every study and its data
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/segkit check

lab: $(VENV)/.ready  ## open a study in JupyterLab: make lab S=my-shop L=vi; the templates without S
	@$(JUPYTER) $(BIN)/segkit lab $(if $(S),"$(S)") $(if $(L),--language "$(L)") $(foreach a,$(ARGS),--jupyter="$(a)")

bench: $(VENV)/.ready-dev  ## measure the build, figures, k-means, stability, RFM, descriptions, unification and lifetime value against the usual tools
	@$(BIN)/python benchmarks/build.py
	@$(BIN)/python benchmarks/figures.py
	@$(BIN)/python benchmarks/segmentation.py
	@$(BIN)/python benchmarks/customers.py
	@$(BIN)/python benchmarks/unify.py short
	@$(BIN)/python benchmarks/value.py 1 100000

hostile: $(VENV)/.ready-dev  ## give studies, files and notebooks from strangers and odd shops to the kit, and kill its processes
	@$(BIN)/python benchmarks/hostile.py
	@$(BIN)/python benchmarks/fuzz_pages.py

sbom: $(VENV)/.ready  ## list what is installed, as CycloneDX: sbom.cdx.json
	@$(BIN)/python .ci/sbom.py > sbom.cdx.json
	@echo "wrote sbom.cdx.json"

catalogue: $(VENV)/.ready-dev  ## bring the translations in step with the sentences
	@$(BIN)/python -m segkit.words.catalogue

lock:  ## lock newer versions (needs uv) and export them for pip
	uv lock --upgrade
	uv export --quiet --no-dev --no-emit-project --output-file requirements.txt
	uv export --quiet --no-emit-project --output-file requirements-dev.txt
	printf 'hatchling\neditables\n' | uv pip compile - --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--constraint requirements-dev.txt --output-file requirements-build.txt

clean:  ## remove built reports and the environment
	rm -rf reports/html $(VENV)

$(VENV)/.ready: $(LOCKS)
	@$(call install,--no-dev,requirements.txt)
	@$(BIN)/python -m segkit.segmentation.kernel
	@touch $@

$(VENV)/.ready-dev: $(LOCKS)
	@$(call install,,requirements-dev.txt)
	@$(BIN)/python -m segkit.segmentation.kernel
	@touch $@ $(VENV)/.ready

# the same locked versions by uv where there is uv, by venv and pip elsewhere; the package is built by locked tools too
define install
	if command -v uv >/dev/null 2>&1; then \
		echo "installing the locked versions with uv"; \
		uv sync --frozen --inexact --no-install-project --quiet $(1) && \
		uv pip install --python $(BIN)/python --quiet --require-hashes --no-deps -r requirements-build.txt && \
		uv pip install --python $(BIN)/python --quiet --no-build-isolation --no-deps -e .; \
	else \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
			echo "segkit needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12"; exit 1; }; \
		echo "installing the locked versions with pip (a few minutes the first time)"; \
		$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV); \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(2) \
			-r requirements-build.txt && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .; \
	fi
endef
