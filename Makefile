# make demo    one night of retraining on the embedded defaults; a second one is the second night
# make test    every test
# make help    the rest

PYTHON ?= python3
ENVIRONMENTS := deployments/environments
# With an NVIDIA GPU the trainer and the server are CUDA builds; GPU=0 takes the CPU builds all the same.
GPU ?= $(shell command -v nvidia-smi >/dev/null 2>&1 && echo 1)
VARIANT := $(if $(filter 1,$(GPU)),-cuda,)
export PYTHON
# Tests and nights start Python hundreds of times: it keeps what it compiled.
unexport PYTHONDONTWRITEBYTECODE
# One file's tests run in one process, in order: they share servers.
PYTEST := .venv/bin/python -m pytest --dist loadfile --no-loadscope-reorder

.PHONY: help setup setup-llamafactory demo down ui test test-fast test-long lint format locks audit reference base-model clean

help:
	@sed -n 's/^# //p' Makefile

# make setup   .venv, .venv-train and .venv-serve, each from its lock; does nothing where they are current
setup:
	@$(ENVIRONMENTS)/install.sh .venv pipeline.txt
	@$(ENVIRONMENTS)/install.sh .venv-train train$(VARIANT).txt
	@$(ENVIRONMENTS)/install.sh .venv-serve serve$(VARIANT).txt

# make setup-llamafactory   .venv-llamafactory, the other trainer (5.5 GB); only for `train.backend: llamafactory`
setup-llamafactory: setup
	@$(ENVIRONMENTS)/install.sh .venv-llamafactory llamafactory.txt

demo: setup
	@.venv/bin/exhell demo

# make ui      the Prefect and MLflow pages of the demo, until Ctrl-C
ui: setup
	@.venv/bin/exhell ui

# make down    end the demo's vLLM server
down:
	@.venv/bin/exhell down

test: setup
	$(PYTEST) -n 2 -m "not long"

# make test-fast   no trainer, no vLLM
test-fast: setup
	$(PYTEST) -n auto -m "not long and not train and not serve and not slow"

# make test-long   drills of many minutes
test-long: setup
	$(PYTEST) -n 0 -m long

# make lint    ruff, mypy, import contracts
lint: setup
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

# make format  let ruff lay the code out
format: setup
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

# make locks   compile deployments/environments/*.in into hash-pinned locks
LINUX := --python-version 3.11 --python-platform x86_64-manylinux_2_28
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make locks" ../../.venv/bin/uv pip compile --quiet --generate-hashes
locks: setup
	cd $(ENVIRONMENTS) && \
	$(COMPILE) --universal --python-version 3.11 pipeline.in -o pipeline.txt && \
	$(COMPILE) --universal --python-version 3.11 audit.in -o audit.txt && \
	UV_FIND_LINKS=$${UV_FIND_LINKS:-$$PIP_FIND_LINKS} $(COMPILE) $(LINUX) train.in --override without-media.txt -o train.txt && \
	UV_FIND_LINKS=$${UV_FIND_LINKS:-$$PIP_FIND_LINKS} $(COMPILE) $(LINUX) serve.in --override without-media.txt -o serve.txt && \
	$(COMPILE) $(LINUX) train.in --override without-media.txt -o train-cuda.txt && \
	$(COMPILE) $(LINUX) llamafactory.in -o llamafactory.txt && \
	$(COMPILE) $(LINUX) serve-cuda.in -o serve-cuda.txt

# make audit   look every lock up among known vulnerabilities; wants the internet (AUDIT="-s osv": by OSV)
audit: setup
	@$(ENVIRONMENTS)/install.sh .venv-audit audit.txt
	@$(ENVIRONMENTS)/audit.sh $(AUDIT)

# make reference   write docs/settings.md, docs/commands.md and the tables of docs/scale.md again
reference: setup
	.venv/bin/python -m docs.reference

# make base-model  train the demo's tiny base model again (minutes)
base-model: setup
	.venv-train/bin/python -m deployments.demo.build_base_model

# make clean   remove the demo's state; the environments stay
clean:
	@if [ -x .venv/bin/exhell ]; then .venv/bin/exhell down; fi
	rm -rf .exhell/demo
