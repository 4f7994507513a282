# Python 3.11 or newer and make are all it needs.
PY = .venv/bin/python
DEMO = MODE=demo exec $(PY) manage.py demo
export DJANGO_SETTINGS_MODULE = mastery_hub.settings
unexport PYTHONHOME PYTHONPATH

.PHONY: help demo demo-reset test bench soak audit lock clean

help: ## lists these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

demo: .venv/installed ## runs the site with made-up data on 127.0.0.1:8000, or on PORT, until Ctrl-C
	@$(DEMO)

demo-reset: .venv/installed ## the same, starting afresh
	@$(DEMO) --reset

test: export MODE = test
test: .venv/installed ## lint, types, import rules, then every test on real PostgreSQL, Redis and a browser
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	$(PY) -m mypy mastery_hub applications cohorts workgroups
	$(PY) -m djlint --check --lint templates
	$(PY) manage.py build_assets
	$(PY) manage.py check --fail-level WARNING
	$(PY) -W ignore manage.py makemigrations --check --dry-run
	$(PY) -m tests.browser
	@exec $(PY) -m pytest -n auto --dist worksteal -rs

bench: .venv/installed ## times beside their yardsticks and budgets, one after the other
	@exec $(PY) -m pytest tests/performance -m bench -n0 -q

soak: export SOAK = 1
soak: .venv/installed ## fault, fuzz and concurrency runs at full counts, a deadline night of 5,000 among them
	@exec $(PY) -m pytest -m "fault or soak or hypothesis" -n0 -q -rs --hypothesis-profile=soak

audit: export MODE = test
audit: .venv/installed ## known faults in the packages, coverage, then half an hour of mutation tests of the rules
	$(PY) manage.py build_assets
	$(PY) -m pytest -n auto --dist worksteal -q --cov --cov-report=term --cov-report=json:var/coverage.json
	$(PY) -m tests.audit var/coverage.json
	$(PY) -m tests.mutation.run

lock: .venv/installed ## pins every package of pyproject.toml in requirements.lock
	$(PY) -m uv pip compile --universal --python-version 3.11 --all-extras --generate-hashes \
		--no-emit-index-url --no-header --quiet pyproject.toml --output-file requirements.lock

clean: ## removes all that make made: packages, builds, servers' data
	rm -rf .venv build var static/node_modules

# A half-made or outdated environment has no stamp: the first is made anew, the second brought up to date.
.venv/installed: requirements.lock
	@if test -f $@ && $(PY) -m pip --version >/dev/null 2>&1; then exit; fi; \
	for python in $(PYTHON) python3.13 python3.12 python3.11 python3 python3.14; do \
		$$python -c "import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))" 2>/dev/null && \
			{ said=$$($$python -m venv --clear .venv 2>&1) && exit; $(EXPLAINED); }; \
	done; \
	echo "Python 3.11 to 3.14 with its venv module is needed (Debian and Ubuntu: apt-get install python3-venv)."; exit 1
	@rm -f $@
	@echo "Installing the packages of requirements.lock: about a minute, this once."
	@said=$$($(PY) -m pip install --quiet --disable-pip-version-check --no-input --root-user-action ignore \
		--require-hashes --no-deps --only-binary :all: -r requirements.lock 2>&1) || { $(EXPLAINED); }
	@touch $@

# One sentence for what most often stops an installation; the end of what it said for all else.
EXPLAINED = test "$$(df -Pk . | awk 'NR == 2 {print $$4}')" -gt 50000 || said="No space left"; \
	case "$$said" in \
	*"No space left"*) echo "The disk is full: the packages need 1 GB. Make room, then run make again.";; \
	*"Permission denied"* | *"Read-only file system"*) \
		echo "The packages cannot be written to $(CURDIR)/.venv: change its owner, or use another folder.";; \
	*"connection broken by"* | *"Temporary failure"* | *"Network is unreachable"* | *ReadTimeoutError*) \
		echo "The packages could not be downloaded: is there a network? Then run make again.";; \
	*) printf '%s\n' "$$said" | tail -n 20;; \
	esac; exit 1
