PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
BIN = .venv/bin/python

.PHONY: run test lint format messages docs lock licenses audit wheels fuzz-api bench checkpoint

run:
	@$(PYTHON) bootstrap.py
	@$(BIN) manage.py serve --host $(HOST) --port $(PORT) $(if $(DEMO),--demo)

test:
	@$(PYTHON) bootstrap.py --tests
	@$(BIN) -m pytest -n 2 --dist worksteal $(ARGS)

lint:
	@$(PYTHON) bootstrap.py --tests
	@$(BIN) -m ruff check .
	@$(BIN) -m ruff format --check .
	@$(BIN) -m mypy
	@.venv/bin/djangofmt --quiet --check templates
	@.venv/bin/djangofmt --quiet check templates
	@.venv/bin/oxlint --quiet static/js
	@$(BIN) manage.py makemigrations --check --dry-run

format:
	@$(PYTHON) bootstrap.py --tests
	@$(BIN) -m ruff check --fix .
	@$(BIN) -m ruff format .
	@.venv/bin/djangofmt templates

# The texts of templates, code and scripts into the catalogs of locale/, and these into what the site
# reads. It needs GNU gettext (apt install gettext).
messages:
	@$(PYTHON) bootstrap.py --tests
	@mkdir -p locale
	@$(BIN) manage.py makemessages --all --no-location --no-obsolete --no-wrap \
		--ignore "tests/*" --ignore "*/tests/*" --ignore "docs/*" --ignore "locks/*" --ignore "var/*"
	@$(BIN) manage.py makemessages --all --no-location --no-obsolete --no-wrap \
		--domain djangojs --ignore "static/vendor/*" --ignore "tests/*" --ignore "var/*"
	@sed -i '/^"POT-Creation-Date/d' locale/*/LC_MESSAGES/*.po
	@$(BIN) manage.py compilemessages --ignore .venv --verbosity 0

# The documentation, as a site in var/site.
docs:
	@$(PYTHON) bootstrap.py --tests
	@NO_MKDOCS_2_WARNING=1 $(BIN) -m mkdocs build --quiet
	@echo "Open var/site/index.html"

# What the requirements require, with the hash of every file, for all Pythons and systems at once. The
# others take the versions that the tests run with.
COMPILE = $(BIN) -m uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	--python-version 3.11
lock:
	@$(PYTHON) bootstrap.py --tests
	@$(COMPILE) requirements-dev.txt --output-file locks/requirements-dev.txt $(ARGS)
	@for part in -batch -parquet -s3 -cpu ""; do \
		$(COMPILE) --constraints locks/requirements-dev.txt requirements$$part.txt \
			--output-file locks/requirements$$part.txt || exit 1; \
	done

# The licenses of everything that the tests and the site install here.
licenses:
	@$(PYTHON) bootstrap.py --tests
	@{ echo "# Licenses"; echo; \
		echo "What CelebAttr installs on Linux with \`make test\`, by license; the site alone needs less."; \
		echo "\`make licenses\` writes this list. \`static/vendor/\` has its licenses beside its files."; \
		echo; .venv/bin/pip-licenses --from=mixed --with-urls --order=license --format=markdown; \
	} > docs/licenses.md

# Known holes in what is locked; asks a database on the internet.
audit:
	@$(PYTHON) bootstrap.py --tests
	@$(BIN) -m uv tool run pip-audit==2.10.1 --strict --disable-pip --require-hashes -r locks/requirements-dev.txt

# Every requirement, and what it requires, must have a wheel for each of these; nothing is installed.
PYTHONS = 3.11 3.12 3.13 3.14
PLATFORMS = x86_64-manylinux_2_28 aarch64-manylinux_2_28 aarch64-apple-darwin
wheels:
	@$(PYTHON) bootstrap.py --tests
	@for python in $(PYTHONS); do for platform in $(PLATFORMS); do \
		MACOSX_DEPLOYMENT_TARGET=14.0 \
		$(BIN) -m uv pip compile --quiet --only-binary :all: --python-version $$python \
			--python-platform $$platform requirements-dev.txt > /dev/null || exit 1; \
		echo "Python $$python, $$platform: a wheel for everything"; \
	done; done

# Requests that the API's schema allows, and some that it does not, to a site of its own.
fuzz-api:
	@$(PYTHON) bootstrap.py --tests
	@$(BIN) -m tests.fuzz_api $(ARGS)

# DATA is a folder in CelebA's layout, PORTRAITS one with images/ of one face each and their labels.
bench:
	@$(PYTHON) bootstrap.py --tests
	@$(BIN) -m benchmarks $(if $(DATA),--celeba $(DATA)) $(if $(PORTRAITS),--portraits $(PORTRAITS)) \
		--markdown docs/benchmarks.md $(ARGS)

# DATA is a folder in CelebA's layout.
checkpoint:
	@$(PYTHON) bootstrap.py
	@$(BIN) manage.py train_model --data-dir $(DATA) --config ml/recipes/default.json --output var/default
	@rm var/default/mistakes.png # it shows faces, which are not to be passed on
	@cp var/default/* ml/checkpoints/default/
