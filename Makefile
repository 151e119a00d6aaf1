# Entry points for people; CMake presets do the work (CONTRIBUTING.md).
.PHONY: help run build install test format tidy fuzz clean
SECONDS_PER_FUZZER ?= 60

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile

run: ## install, build in release, start with sample data and show the guided tour (Ctrl-C ends it)
	@tools/run

build: ## release build: build/release/src/restante
	@bash -c 'source tools/say.sh && tools/install-packages build && build_preset "$(CURDIR)" release'

install: build ## put the program and its systemd units under PREFIX (/usr) of DESTDIR
	@DESTDIR="$(DESTDIR)" PREFIX="$(or $(PREFIX),/usr)" tools/install-files build/release/src/restante

test: ## install, build and run every test; last line "N passed, N failed"
	@tools/run-tests

format: ## clang-format all C++ files in place
	@git ls-files 'src/*.?pp' 'tests/*.?pp' 'bench/*.?pp' | xargs clang-format -i

tidy: ## clang-tidy over the dev build (slow)
	@bash -c 'source tools/say.sh && build_preset "$(CURDIR)" dev'
	@git ls-files 'src/*.cpp' | xargs -P "$$(nproc)" -n 1 clang-tidy -p build/dev --quiet

fuzz: ## build the fuzzers with clang and run each for SECONDS_PER_FUZZER
	@tools/run-fuzzers $(SECONDS_PER_FUZZER)

clean: ## remove everything that was built
	@rm -rf build
