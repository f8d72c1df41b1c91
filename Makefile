.PHONY: run test check clean

PYTHON ?= python3
PORT ?= 8000

run:
	@PORT=$(PORT) $(PYTHON) tasks.py run

test:
	@$(PYTHON) tasks.py test

check:
	@$(PYTHON) tasks.py check

clean:
	@rm -rf .venv var
