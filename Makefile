# Two commands: `make` (set up and run the demo) and `make test` (set up and pass every test).
# Everything lives in this folder: .tools (uv), .venv (Python), web/node_modules (npm).

PYTHON ?= python3
DATA ?= ronda-demo
WORKERS ?= 3
PORT ?= 8080
UV := .tools/bin/uv
UV_RUN := env UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy $(UV)
RONDA := .venv/bin/ronda
WEB_SOURCES := $(shell find web/src web/index.html web/vite.config.ts web/package-lock.json 2>/dev/null)
NATIVE_SOURCES := setup.py $(wildcard native/*.c native/*.h)
STATIC := src/ronda/app/static/index.html

LONG := env RONDA_SIGNED_FILM_CHANGES=$${RONDA_SIGNED_FILM_CHANGES:-400} RONDA_FUZZ_EXAMPLES=$${RONDA_FUZZ_EXAMPLES:-20000} RONDA_FUZZ_INPUTS=$${RONDA_FUZZ_INPUTS:-10000000} RONDA_KILLS=$${RONDA_KILLS:-1000} \
  RONDA_POWER_CUTS=$${RONDA_POWER_CUTS:-200} RONDA_TRUTH_S=$${RONDA_TRUTH_S:-600} RONDA_PLAN_ROWS=$${RONDA_PLAN_ROWS:-1000000} \
  RONDA_WORLD_SEEDS=$${RONDA_WORLD_SEEDS:-10000} RONDA_LOG_ATTACKS=$${RONDA_LOG_ATTACKS:-1000} RONDA_PLAN_CASES=$${RONDA_PLAN_CASES:-1000} \
  RONDA_TWO_PEOPLE_TRIES=$${RONDA_TWO_PEOPLE_TRIES:-10000} RONDA_ACTS=$${RONDA_ACTS:-10000} RONDA_ACT_KILLS=$${RONDA_ACT_KILLS:-1000} \
  RONDA_PACKAGE_CHANGES=$${RONDA_PACKAGE_CHANGES:-10000} RONDA_PACKAGES_UNTOUCHED=$${RONDA_PACKAGES_UNTOUCHED:-1000}

.PHONY: demo wheel setup setup-dev test test-long test-python test-web check lock openapi clean

demo: setup
	@exec $(RONDA) demo --data "$(DATA)" --port $(PORT)

setup: .venv/.run-ready $(STATIC)

setup-dev: setup .venv/.dev-ready

$(UV):
	@echo "[1/4] tools: uv into .tools"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Ronda needs Python 3.11 or newer; $(PYTHON) is older. Next: apt install python3 python3-venv python3-dev"; exit 1; }
	@$(PYTHON) -m venv .tools || { echo "python3-venv is missing. Next: apt install python3-venv"; exit 1; }
	@.tools/bin/python -m pip install --quiet --require-hashes -r requirements/tools.txt

.venv/.run-ready: $(UV) requirements/run.txt pyproject.toml $(NATIVE_SOURCES)
	@echo "[2/4] Python packages into .venv"
	@test -x .venv/bin/python || $(UV_RUN) venv --quiet --python $(PYTHON) .venv
	@$(UV_RUN) pip install --quiet --python .venv/bin/python --require-hashes -r requirements/run.txt
	@$(UV_RUN) pip install --quiet --python .venv/bin/python --no-build-isolation --no-deps -e .
	@.venv/bin/python -c 'from ronda.video.engine.choose import engine_kind; n = engine_kind("auto").name; print(f"      packet engine: {n}" + ("" if n == "c" else " (the C engine is not built: apt install gcc python3-dev, then make setup; the Python engine records the same bytes at more CPU)"))'
	@touch $@

.venv/.dev-ready: .venv/.run-ready requirements/dev.txt
	@echo "[dev] test tools into .venv"
	@$(UV_RUN) pip install --quiet --python .venv/bin/python --require-hashes -r requirements/dev.txt
	@touch $@

web/node_modules/.ready: web/package-lock.json
	@echo "[3/4] web packages"
	@command -v node >/dev/null || { echo "Node 20.19 or newer is missing. Next: install nodejs and npm"; exit 1; }
	@cd web && npm ci --silent --no-fund --no-audit
	@touch $@

$(STATIC): web/node_modules/.ready $(WEB_SOURCES)
	@echo "[4/4] building the screens"
	@cd web && npm run --silent build

test: setup-dev check test-web test-python

# Style, types and who may import whom.
check: setup-dev
	.venv/bin/ruff check src tests benchmarks docs
	.venv/bin/ruff format --check src tests benchmarks docs
	.venv/bin/mypy --strict src
	.venv/bin/lint-imports

test-web: setup-dev
	cd web && npm run --silent check && npm test --silent

# The full sizes, some hours: docs/howto/test-long.md says how long, and how to ask for other ones.
test-long: setup-dev
	$(LONG) .venv/bin/pytest tests/fuzz $(wildcard tests/world) tests/system/test_kill.py tests/system/test_power_cut.py tests/system/test_gap_truth.py tests/system/test_log_attacks.py tests/unit/test_plan_truth.py tests/unit/test_two_people.py tests/system/test_package_fates.py tests/system/test_acts_killed.py

# Many tests wait for cameras and servers, so there are more workers than two cores.
test-python: setup-dev
	.venv/bin/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=25

# The same sources and date give the same bytes, wherever it is built (tests/system/test_wheel.py).
wheel: setup
	rm -rf build dist
	SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} .venv/bin/python -c 'import setuptools.build_meta as build; print(build.build_wheel("dist"))'
	sha256sum dist/*.whl

# The web's types are made from the API's own description.
openapi: setup
	$(RONDA) openapi > web/src/api/openapi.json
	cd web && npm run --silent api-types
	.venv/bin/python docs/reference/make.py

lock: $(UV)
	for f in run dev tools; do $(UV_RUN) pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --quiet --custom-compile-command "make lock" --upgrade requirements/$$f.in -o requirements/$$f.txt; done

clean:
	rm -rf .venv .tools web/node_modules src/ronda/app/static src/ronda/video/engine/*.so build dist ronda-demo
