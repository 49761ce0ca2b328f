# Two commands for a stranger: `make test` and `make up`. `make help` lists the others.
#
# Debug is built by default: it compiles in about half the time, `make test` uses the same objects,
# and the tool spends its time waiting for machines. `make up CONFIG=release` builds the other.
CONFIG ?= debug
SWIFT_SOURCES = Sources Tests Package.swift
SHELL_SOURCES = $(shell grep -rlE --exclude='*.in' '^(\#!/.*sh$$|\# shellcheck shell)' \
	lab .ci genconf Sources/DCOSForgeCore/NodeProtocol/Scripts 2>/dev/null)
# Without it all tests begin at once, and those with a time limit starve on two cores.
TEST_WIDTH = --experimental-maximum-parallelization-width 4
BUILD_PACKAGES = libvirt-dev libssh2-1-dev libssl-dev libyaml-dev pkg-config
TEST_PACKAGES = curl openssh-server openssh-client python3-yaml python3-jsonschema xorriso \
	iproute2 iptables
LINT_PACKAGES = shellcheck python3
LONG_PACKAGES = default-jre-headless libzookeeper-java
# What a sanitizer is for: the shims and their callers, and everything that runs concurrently.
# Folders and files of the tests; the build holds nothing else.
THREAD_TESTS = Contract Engine Libvirt Operations/UpTests.swift SSH Support
ADDRESS_TESTS = Configuration Contract Genconf/GenconfYAMLTests.swift Libvirt SSH Support

# $(call install,PACKAGES): installs what is missing of the Debian packages, says what, and does
# nothing where there is nothing to do.
install = @lab/lib/install-packages $(1)

.PHONY: help
help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

.PHONY: up
up: build ## bring the seven-node cluster up in the lab
	DCOSFORGE=.build/$(CONFIG)/dcosforge lab/lab up

.PHONY: build
build: ## build the executable (CONFIG=debug or release)
	$(call install,$(BUILD_PACKAGES))
	swift build -c $(CONFIG) $(if $(filter release,$(CONFIG)),--static-swift-stdlib) \
		--product dcosforge

.PHONY: test
test: ## run the tests; needs no hypervisor
	$(call install,$(BUILD_PACKAGES) $(TEST_PACKAGES))
	swift test --disable-xctest $(TEST_WIDTH)

.PHONY: test-simulation
test-simulation: ## many simulation runs and the exhaustive sets; time limits are virtual
	$(call install,$(BUILD_PACKAGES) $(TEST_PACKAGES))
	DCOSFORGE_SEEDS=$(or $(SEEDS),1000) DCOSFORGE_EXHAUSTIVE=1 \
		swift test --disable-xctest \
		--filter 'UpTests|RehearsalTests|AnyClusterTests|ExhaustiveTests'

.PHONY: test-long
test-long: ## hostile files and nodes, a thousand nodes, 100 MiB redacted, a real ensemble (root)
	$(call install,$(BUILD_PACKAGES) $(TEST_PACKAGES) $(LONG_PACKAGES))
	DCOSFORGE_FUZZ=50000 DCOSFORGE_TEST_LARGE=1 \
		swift test --disable-xctest \
		--filter 'StatusTests|RealQuorumTests|GenconfFuzz|HostileNumber|RedactionTimeTests'

.PHONY: test-libvirt
test-libvirt: ## the hypervisor's contract on a real libvirtd (root)
	$(call install,$(BUILD_PACKAGES) $(TEST_PACKAGES))
	lab/contract

# $(call present,TESTS): a renamed folder must not take its tests out silently.
present = @ls -d $(addprefix Tests/DCOSForgeCoreTests/,$(1)) >/dev/null

.PHONY: test-thread
test-thread: ## the concurrent parts under the thread sanitizer
	$(call install,$(BUILD_PACKAGES) $(TEST_PACKAGES))
	$(call present,$(THREAD_TESTS))
	DCOSFORGE_SEEDS=5 \
		TSAN_OPTIONS="halt_on_error=1 suppressions=$(CURDIR)/Tests/thread-sanitizer.supp" \
		DCOSFORGE_PART_OF_TESTS="$(THREAD_TESTS)" \
		swift test --disable-xctest $(TEST_WIDTH) --scratch-path .build/thread --sanitize thread

.PHONY: test-address
test-address: ## the parts over C libraries under the address sanitizer
	$(call install,$(BUILD_PACKAGES) $(TEST_PACKAGES))
	$(call present,$(ADDRESS_TESTS))
	ASAN_OPTIONS=detect_leaks=0 DCOSFORGE_PART_OF_TESTS="$(ADDRESS_TESTS)" \
		swift test --disable-xctest $(TEST_WIDTH) --scratch-path .build/address --sanitize address

.PHONY: lab-shell
lab-shell: ## a shell in which dcosforge, virsh and ssh reach the lab's nodes
	@lab/lab shell

.PHONY: lab-status
lab-status: ## what runs in the lab, and where things lie
	@lab/lab status

.PHONY: lab-down
lab-down: ## end the lab and remove every trace of it but the image cache
	@lab/lab down

.PHONY: lab-clean
lab-clean: ## lab-down, and remove the image cache
	@lab/lab clean

.PHONY: lab-test
lab-test: build ## end to end: clusters, failures and repairs in the lab (root)
	DCOSFORGE=.build/$(CONFIG)/dcosforge lab/test

.PHONY: format
format: ## format the Swift sources
	swift format --in-place --recursive --parallel $(SWIFT_SOURCES)

.PHONY: lint
lint: ## check the format of the Swift sources, the shell scripts, and that the mutants still fit
	$(call install,$(LINT_PACKAGES))
	swift format lint --recursive --strict --parallel $(SWIFT_SOURCES)
	shellcheck --external-sources $(SHELL_SOURCES)
	Tests/mutants --check
