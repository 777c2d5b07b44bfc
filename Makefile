# make demo      Build Torg and serve a sample marketplace: make demo ARGS="--fresh --port 9000"
# make test      Run all tests of the workspace, or some: make test ARGS="search::"
# make lint      Check formatting, clippy, prose, offline SQL data and libraries
# make sqlx      Regenerate .sqlx after a change of an SQL query or a migration
# make schema    Regenerate schema/schema.graphql after a change of the GraphQL API
# make explorer  Bundle GraphiQL into target/explorer; `make demo` does this as well
# make bench     Measure import and search in a release build
# make audit     Test a demo with external tools, or only the clients on a running demo:
#                make audit ARGS=http://127.0.0.1:8080/graphql
# make crash     Kill processes and fill file systems while clients write, and compare what is left

ARGS ?=
export PATH := $(PATH):$(HOME)/.cargo/bin

.PHONY: demo test lint sqlx schema explorer bench audit crash prepare

# The marketplace also runs without the explorer.
demo: prepare
	@scripts/prepare-explorer || echo "explorer: continuing without it" >&2
	cargo run -- demo $(ARGS)

# Tests wait for PostgreSQL and for timeouts, so two a core run at the same time.
test: export RUST_TEST_THREADS ?= $(shell echo $$(($$(nproc) * 2)))
test: prepare
	cargo test --workspace --no-fail-fast $(ARGS)

lint: prepare
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets -- -D warnings
	scripts/prose
	scripts/sqlx-data check
	scripts/deny

sqlx: prepare
	scripts/sqlx-data write

# The schema is written to another file first, so that a failing build does not empty it.
schema: prepare
	cargo run --quiet -- schema >schema/schema.graphql.new
	mv schema/schema.graphql.new schema/schema.graphql

explorer: prepare
	@scripts/prepare-explorer

bench: prepare
	cargo run --release -- bench $(ARGS)

# Needs Node.js with npm, and Python 3 with venv.
audit: prepare
	scripts/audit $(ARGS)

# Needs Python 3. At most ten minutes: make crash ARGS="--kills 12 --seed 7"
crash: prepare
	scripts/crash $(ARGS)

prepare:
	@scripts/prepare
