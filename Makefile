.PHONY: run test check screenshots drills mutants clean

PYTHON ?= python3
PORT ?= 8000

run:
	@PORT=$(PORT) $(PYTHON) tasks.py run

test:
	@$(PYTHON) tasks.py test

check:
	@$(PYTHON) tasks.py check

screenshots:
	@$(PYTHON) tasks.py screenshots

drills:
	@$(PYTHON) tasks.py drills

mutants:
	@$(PYTHON) tasks.py mutants

clean:
	@rm -rf .venv var mutants
