# Each line calls one thing. `make demo` and `make test` do all of their own set-up; see README.md.
.PHONY: demo demo-compare example test check bench venv engine image browser pdf reference clean

demo: venv engine image pdf
	bash setup/model-image.sh submissions/reference-densenet
	bash setup/demo.sh

demo-compare: demo
	bash setup/torchvision-base.sh
	bash setup/model-image.sh submissions/reference-torchvision
	bash setup/demo-compare.sh

example: demo-compare
	bash setup/example.sh

test: venv engine image browser pdf check
	.venv/bin/python -m pytest -n 2 --dist loadfile -m 'not engine'
	.venv/bin/python -m pytest -m engine

check: venv
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: venv
	bash benchmarks/run.sh

venv:
	bash setup/venv.sh
engine:
	bash setup/engine.sh
image: engine
	bash setup/base-image.sh
browser: venv
	bash setup/browser.sh
pdf: venv
	bash setup/pdf.sh

reference: venv
	bash tests/reference/remake.sh

clean:
	rm -rf .demo .venv submissions/*/wheels submissions/*/*.tar*
