.PHONY: run test check screenshots drills clean

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

clean:
	@rm -rf .venv var
