# Each target calls one thing. `make` alone lists them.
LOCK = --universal --python-version 3.11 --all-extras --prerelease disallow --no-annotate
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
  if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; exit; fi; \
  done; echo python3)
SETUP = $(PYTHON) bootstrap.py $(if $(RANGES),--ranges)
BIN = .venv/bin
# Another processor's arithmetic, for tests: ARITHMETIC=plain (no vector units) or avx2; THREADS=2.
arithmetic-plain = ATEN_CPU_CAPABILITY=default MKL_CBWR=COMPATIBLE OPENBLAS_CORETYPE=Nehalem
arithmetic-avx2 = ATEN_CPU_CAPABILITY=avx2 MKL_CBWR=AVX2 OPENBLAS_CORETYPE=Haswell
UNLIKE = $(or $(arithmetic-$(ARITHMETIC)),$(error ARITHMETIC: plain or avx2, not $(ARITHMETIC)))
# Four processes on two cores, since browsers and time limits mostly wait; browsers come first, and
# what needs a JupyterLab shares two of them (conftest.py).
SPREAD = --dist loadfile --no-loadscope-reorder
COUNT = $(foreach library,OMP OPENBLAS MKL,$(library)_NUM_THREADS=$(or $(THREADS),1))
# JupyterHub's proxy is a program of Node.js.
PROXY = test -x .venv/node_modules/.bin/configurable-http-proxy || \
  npm install --prefix .venv --no-save --no-fund --no-audit configurable-http-proxy@5.3.0
ONHUB = PATH="$(CURDIR)/.venv/bin:$(CURDIR)/.venv/node_modules/.bin:$$PATH"

help:         ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*##/ {printf "  make %-11s %s\n", $$1, $$2}' Makefile
lab:          ## make the environment if needed and open the course in JupyterLab
	@$(SETUP) && $(BIN)/ce-course lab $(ARGS)
test:         ## run every test; with ARITHMETIC=plain or avx2: what trains, as on another processor
	@$(SETUP) test && $(if $(ARITHMETIC),$(UNLIKE)) $(COUNT) \
	  $(BIN)/python -m pytest -n $(if $(filter-out 1,$(THREADS)),1,4) $(SPREAD) $(if $(ARITHMETIC),-m trains) $(ARGS)
hub:          ## try the course on a JupyterHub, at http://127.0.0.1:8000 (needs npm)
	@$(SETUP) hub && $(PROXY) && $(ONHUB) $(BIN)/jupyterhub -f deploy/jupyterhub/trial_config.py $(ARGS)
hubtest:      ## test that hub with three learners (needs npm)
	@$(SETUP) hub test && $(PROXY) && $(ONHUB) $(BIN)/python -m pytest deploy $(ARGS)
moved:        ## print how far numbers move under ARITHMETIC=plain or avx2
	@$(SETUP) test && $(if $(ARITHMETIC),$(UNLIKE)) $(COUNT) $(BIN)/python benchmarks/arithmetic.py $(ARGS)
lint:         ## check the code's style
	@$(SETUP) test && $(BIN)/ruff check . && $(BIN)/ruff format --check .
exercises:    ## derive exercises/ from solutions/
	@$(SETUP) teach && $(BIN)/ce-course exercises
notebooks:    ## run the notebooks and store their outputs
	@$(SETUP) teach && $(BIN)/ce-course notebooks
slides:       ## make slides and handouts in build/; ARGS="02 03" for these chapters
	@$(SETUP) teach site && $(BIN)/ce-course slides $(ARGS)
workshop:     ## make the teacher's pages of the plans, slides and handouts in build/
	@$(SETUP) teach site && $(BIN)/ce-course workshop $(ARGS)
site:         ## make the website in build/site (README says more)
	@$(SETUP) site && $(if $(JUPYTERHUB),JUPYTERHUB=$(JUPYTERHUB)) $(BIN)/ce-course site $(if $(REPOSITORY),--repository $(REPOSITORY)) \
	  $(if $(PYODIDE),--pyodide $(PYODIDE)) $(ARGS)
experiments:  ## run the long experiments again and store their tables
	@$(SETUP) && $(BIN)/ce-course experiment all
bench:        ## run the benchmarks
	@$(SETUP) test && for b in $(filter-out %/arithmetic.py,$(wildcard benchmarks/*.py)); do $(BIN)/python $$b || exit 1; done
lock:         ## write requirements.lock anew from the ranges (to take newer versions: ARGS=--upgrade)
	@$(SETUP) lock && $(BIN)/uv pip compile pyproject.toml -o requirements.lock $(LOCK) $(ARGS)
clean:        ## remove the environment
	rm -rf .venv
.PHONY: help lab test hub hubtest moved lint exercises notebooks slides workshop site experiments bench lock clean
