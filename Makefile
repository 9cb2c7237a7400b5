# Builds, tests and runs Eider. `make help` lists what there is to do.
# Every target is safe to repeat and quick when nothing has changed.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1

CLANG ?= clang-19
CLANG_FORMAT ?= clang-format-19
# Debian keeps bpftool and unbound where a plain user's PATH does not look.
export PATH := $(PATH):/usr/sbin:/sbin

RID := linux-x64
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

BPF_SOURCES := $(wildcard bpf/*.bpf.c)
BPF_HEADERS := $(wildcard bpf/*.h bpf/*/*.h)
BPF_OBJECTS := $(BPF_SOURCES:bpf/%.bpf.c=build/bpf/%.bpf.o)
# -target bpf does not look in the multiarch directory, where asm/types.h lives.
BPF_FLAGS := -target bpf -mcpu=v3 -O2 -g -std=gnu11 -Wall -Wextra -Werror -D__TARGET_ARCH_x86 \
	-Ibpf -idirafter /usr/include/$(shell uname -m)-linux-gnu
C_SOURCES := $(BPF_SOURCES) $(BPF_HEADERS) $(wildcard test/Eider.Kernel.Tests/Bpf/objects/*.[ch] bench/bpf/*.[ch])

# What bin/eider is made of; paths with blanks are not supported, as nowhere in make.
SOURCES := $(shell find src web -type f \( -path '*/bin' -o -path '*/obj' -o -path '*/node_modules' \) -prune -o -type f -print 2>/dev/null \
	| grep -v -e /bin/ -e /obj/ -e /node_modules/) Directory.Build.props Directory.Packages.props global.json

.PHONY: help deps deps-build deps-test deps-bench bpf bpf-bench build run test test-unit test-kernel bench lint format demo publish lab-clean clean

help: ## show this
	@echo "Eider: every DNS query on this machine, with the process that asked."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make run ARGS='--name *.example.com -o compact'   passes ARGS to 'eider run'"

# ---- what the machine must have -------------------------------------------------------------------------------------

deps: deps-test ## install the missing Debian packages for building and testing (root)

deps-bench:
	@tools/deps bench

deps-build:
	@tools/deps build

deps-test:
	@tools/deps test

# ---- kernel side ----------------------------------------------------------------------------------------------------

bpf: build/bpf/eider.bpf.o ## compile and link the kernel objects (no root)

build/bpf/%.bpf.o: bpf/%.bpf.c $(BPF_HEADERS) Makefile | build/bpf
	@echo "clang $<"
	@$(CLANG) $(BPF_FLAGS) -c $< -o $@

# libbpf's static linker makes one object of all programs, so that they share maps and one load.
build/bpf/eider.bpf.o: $(BPF_OBJECTS)
	@bpftool gen object $@ $^

# The programs that benchmarks add, with Eider's own in one object.
bpf-bench: build/bench/bench.bpf.o build/bench/service.bpf.o

build/bench/bench.bpf.o: bench/bpf/bench.bpf.c build/bpf/eider.bpf.o $(BPF_HEADERS) Makefile | build/bench
	@echo "clang $<"
	@$(CLANG) $(BPF_FLAGS) -c $< -o build/bench/part.o
	@bpftool gen object $@ build/bpf/eider.bpf.o build/bench/part.o

build/bench/service.bpf.o: bench/bpf/service.bpf.c Makefile | build/bench
	@echo "clang $<"
	@$(CLANG) $(BPF_FLAGS) -c $< -o $@

build/bpf build/bench:
	@mkdir -p $@

# ---- the agent ------------------------------------------------------------------------------------------------------

build: deps-build bin/eider ## build bin/eider: Release, compiled ahead so that it starts fast

# What crossgen and the trimmer made for one kind of publication looks up to date to the other, and is not.
define forget-published
	@rm -rf $(foreach name,R2R linked,$(wildcard src/*/obj/Release/net10.0/$(RID)/$(name)))
endef

bin/eider: $(SOURCES) build/bpf/eider.bpf.o
	$(forget-published)
	dotnet publish src/Eider -c Release -r $(RID) --no-self-contained -p:PublishReadyToRun=true -o bin -v q
	@touch $@

run: build ## build, then watch this machine's DNS (observe only, changes nothing); root, by sudo where needed
	$(SUDO) bin/eider run $(ARGS)

publish: deps-build build/bpf/eider.bpf.o ## one self-contained file, out/eider, that needs no .NET on the target
	rm -rf out
	$(forget-published)
	dotnet publish src/Eider -c Release -r $(RID) --self-contained -p:PublishReadyToRun=true -p:PublishTrimmed=true \
		-p:PublishSingleFile=true -p:DebugType=none -o out -v q
	out/eider version

# ---- proof ----------------------------------------------------------------------------------------------------------

test: deps-test bin/eider ## every test: unit, kernel, end to end (root); ends with "N passed, N failed, N skipped"
	@tools/test test/Eider.Tests test/Eider.Kernel.Tests

test-unit: deps-build build/bpf/eider.bpf.o ## the tests that need no root
	@tools/test test/Eider.Tests

test-kernel: deps-test bin/eider ## the tests that need root: kernel and end to end
	@tools/test test/Eider.Kernel.Tests

lint: deps-test build/bpf/eider.bpf.o ## formatting (C#, C), analyzers, compiler and clang warnings
	$(if $(C_SOURCES),$(CLANG_FORMAT) --dry-run -Werror $(C_SOURCES))
	dotnet build Eider.slnx -c Release -v q
	dotnet format Eider.slnx --verify-no-changes --no-restore

format: deps-test ## put the formatting right that lint complains of
	$(if $(C_SOURCES),$(CLANG_FORMAT) -i $(C_SOURCES))
	dotnet format Eider.slnx

bench: deps-bench publish ## measure against the budgets: table, and bench/results/latest.json (root)
	dotnet run --project bench/Eider.Bench -c Release -v q -- --agent out/eider --output bench/results/latest.json $(ARGS)

# ---- the lab --------------------------------------------------------------------------------------------------------

demo: deps-test bin/eider ## emulated pods, a resolver and real clients: queries shown live, policies, forged answers (root)
	@dotnet build test/Eider.Lab -c Release -v q
	@$(SUDO) test/Eider.Lab/bin/Release/net10.0/eider-lab demo --agent bin/eider

lab-clean: ## remove what a killed lab left behind: namespaces, links, cgroups (root)
	@dotnet build test/Eider.Lab -c Release -v q
	@$(SUDO) test/Eider.Lab/bin/Release/net10.0/eider-lab clean

clean: ## remove everything that was built
	rm -rf bin build out
	find src test bench -type d \( -name bin -o -name obj -o -name TestResults \) -prune -exec rm -rf {} +
