# Every target with a "##" comment is listed by `make help`.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := bin
FUZZTIME ?= 30s

# Programs are linked without libraries of the machine and know no path of it, as in the image. Whatever
# is compiled for them is compiled once, for lint and generate too. Only the race detector needs cgo.
USUAL := $(filter-out -trimpath,$(shell go env GOFLAGS))
RACE := CGO_ENABLED=1 GOFLAGS='$(USUAL)' go test -race
export CGO_ENABLED := 0
export GOFLAGS := $(strip $(USUAL) -trimpath)

# What Kubernetes, and what is built from it, says which version it is.
LDFLAGS := -s -w -X k8s.io/component-base/version.gitVersion=v1.37.2

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-19s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# What the demo starts; tests start more.
DEMO_PARTS := etcd kube-apiserver kube-controller-manager kubectl kwok kwok.d metrics-server telemetry-scheduler kubectl-telemetry

.PHONY: demo
demo: ## the main job on real parts, in under three minutes once built; KEEP=1 stays up, SOURCE=prometheus reads there
	@go run ./test/testbed/cmd/build $(DEMO_PARTS) $(filter prometheus,$(SOURCE))
	@go build -o $(BIN)/demo ./test/demo
	@KEEP="$(KEEP)" SOURCE="$(SOURCE)" exec $(BIN)/demo

.PHONY: test
test: race-ready parts ## all unit and integration tests, with the race detector
	$(RACE) -timeout 30m ./...
	@$(MAKE) --no-print-directory test-image ARCH=$$(go env GOARCH)

# The server of test-old-prometheus: a program on the PATH, or its path.
OLD_PROMETHEUS ?= prometheus

.PHONY: test-old-prometheus
test-old-prometheus: race-ready ## the tests on real Prometheus servers, on one before 2.43 that OLD_PROMETHEUS names
	@command -v "$(OLD_PROMETHEUS)" >/dev/null || { echo "There is no program $(OLD_PROMETHEUS): install the package prometheus of Debian 12, which has 2.42, or name another one before 2.43 by OLD_PROMETHEUS=<path>."; exit 1; }
	@version=$$("$(OLD_PROMETHEUS)" --version 2>&1 | awk '/^prometheus, version/ {print $$3}'); \
		[ -n "$$version" ] || { echo "$(OLD_PROMETHEUS) --version names no version of Prometheus."; exit 1; }; \
		[ "$$(printf '%s\n' "$$version" 2.43 | sort -V | head -n 1)" != 2.43 ] || \
		{ echo "$(OLD_PROMETHEUS) is Prometheus $$version, and this needs one before 2.43: Debian 12 has 2.42; name its path by OLD_PROMETHEUS=<path>."; exit 1; }; \
		echo "testing with Prometheus $$version"
	PROMETHEUS="$$(realpath "$$(command -v "$(OLD_PROMETHEUS)")")" $(RACE) -count=1 ./test/integration/prometheus

.PHONY: unit
unit: race-ready ## only the tests that need no real parts
	$(RACE) $$(go list ./... | grep -v -e /test/chart -e /test/integration -e /test/testbed)

.PHONY: parts
parts: ## build the scheduler and the real parts that tests and demo start
	@go run ./test/testbed/cmd/build

.PHONY: build
build: ## build the scheduler alone, as bin/telemetry-scheduler
	go build -ldflags '$(LDFLAGS)' -o $(BIN)/telemetry-scheduler ./cmd/scheduler

# The architectures of the image, and its name with a tag, which is by default that of the chart.
ARCH ?= amd64 arm64
IMAGE ?=

.PHONY: image
image: ## build the image, as the OCI archive bin/telemetry-scheduler-image.tar; ARCH=amd64 for one architecture, IMAGE=name:tag
	@mkdir -p $(BIN)
	@for arch in $(ARCH); do \
		echo "building the scheduler for linux/$$arch"; \
		GOOS=linux GOARCH=$$arch go build -ldflags '$(LDFLAGS)' -o $(BIN)/telemetry-scheduler-linux-$$arch ./cmd/scheduler || exit 1; \
	done
	@cd manifests/image && go run . -name '$(IMAGE)' $(ARCH)

# Without the race detector, which packs 90 MB for minutes: nothing in it runs at once.
.PHONY: test-image
test-image: image ## build the image, read it back, push it, and start its program
	cd manifests/image && go test -count=1 ./... -args $(ARCH)

# What the plugin says that it is: git's name for the commit, a release where it has a tag.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)

# kustomize could load plugins of Go, which kubectl and the plugin forbid it. Where the
# code for them is linked, the linker keeps and names all that they might call: a third more.
.PHONY: kubectl-telemetry
kubectl-telemetry: ## build the kubectl plugin, as bin/kubectl-telemetry
	go build -tags kustomize_disable_go_plugin_support -ldflags '-s -w -X github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/version.built=$(VERSION)' -o $(BIN)/kubectl-telemetry ./cmd/kubectl-telemetry

.PHONY: bench
bench: ## benchmarks of the scheduling path, of a tick and of lint, beside kube-scheduler's own filter
	go test -run '^$$' -bench . -benchmem ./pkg/api ./pkg/kubectl/lint ./pkg/plugins/telemetry ./pkg/rules/engine ./pkg/telemetry/...

.PHONY: bench-kubectl
bench-kubectl: kubectl-telemetry ## how large the kubectl plugin is, how soon commands without a cluster end, and lint of 1,000 rules
	go test -run '^$$' -bench . -benchtime 20x ./cmd/kubectl-telemetry

.PHONY: bench-sources
bench-sources: ## what the telemetry sources send and cost at 5,000 nodes; takes some minutes
	go test -run '^$$' -bench . -benchmem ./test/sources

.PHONY: bench-weight
bench-weight: ## what the plugin's weight makes of preferences and of what other plugins want; see docs/designs/0004-weight.md
	go test -run '^$$' -bench . -benchtime 1x ./test/weight

.PHONY: bench-burst
bench-burst: parts ## bursts of pods on real parts, beside the plain scheduler, in 25 minutes; BURST has its flags, such as -pairs=3
	@go build -o $(BIN)/burst ./test/bench/burst
	@exec $(BIN)/burst $(BURST)

# The Kubernetes descheduler is built from a module of its own, for this alone.
.PHONY: bench-plan
bench-plan: ## what choosing pods and proving homes costs with 5,000 nodes, 100,000 pods and 1 % of the nodes firing
	go test -run '^$$' -bench . -benchmem ./pkg/descheduler/home ./pkg/descheduler/plan

.PHONY: bench-evict
bench-evict: parts ## moving pods off hot nodes on real parts, beside the Kubernetes descheduler; 25 minutes a pair; EVICT has its flags, such as -short
	@echo "building the Kubernetes descheduler (the first time up to five minutes on two cores)"
	@cd test/bench/evict/descheduler && go build -ldflags '-s -w' -o $(CURDIR)/$(BIN)/descheduler sigs.k8s.io/descheduler/cmd/descheduler
	@go build -o $(BIN)/evict ./test/bench/evict
	@exec $(BIN)/evict $(EVICT)

.PHONY: bench-size
bench-size: parts ## how much memory the scheduler and what marks nodes hold with many nodes and pods on real parts, in some 10 minutes; SIZE has its flags, such as -nodes=5000
	@go build -o $(BIN)/size ./test/bench/size
	@exec $(BIN)/size $(SIZE)

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME
	@for t in pkg/strictyaml:FuzzDecode pkg/rules:FuzzParse pkg/rules/engine:FuzzAdvance pkg/telemetry/kubelet:FuzzParse \
		pkg/telemetry/prometheus:FuzzCheckQuery pkg/telemetry/prometheus:FuzzInjectionIsComplete pkg/telemetry/prometheus:FuzzDecodeVector; do \
		echo "fuzz $$t"; go test -run '^$$' -fuzz "^$${t#*:}$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x ./$${t%:*}; \
	done

.PHONY: lint
lint: ## format, vet and staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$unformatted" ] || { echo "run gofmt -w on: $$unformatted"; exit 1; }
	go vet ./...
	go tool -modfile test/lint/go.mod staticcheck ./...
	cd manifests/image && go vet ./... && go tool -modfile ../../test/lint/go.mod staticcheck ./...

.PHONY: generate
generate: ## rewrite the files that are generated: the install file, what the parser answers to each fixture, what the plugin prints, also in the guide for authors, schemas for editors, the promised Go API, schema and examples of the API
	go test ./pkg/rules ./pkg/api ./pkg/api/v1alpha1 ./pkg/kubectl ./pkg/kubectl/lint ./pkg/kubectl/schema -update
	go test ./test/api ./test/docs -update
	@go run ./test/testbed/cmd/build helm4
	go test ./test/chart -run 'Install|Table' -update

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BIN)

.PHONY: race-ready
race-ready:
	@command -v "$$(go env CC)" >/dev/null || { echo "The race detector needs a C compiler, and $$(go env CC) is not on the PATH: install gcc or clang, or set CC."; exit 1; }
