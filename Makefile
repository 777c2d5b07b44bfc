# make demo    builds Torg and serves a sample marketplace    make demo ARGS="--fresh --port 9000"
# make test    runs all tests                                 make test ARGS="search::"
# make lint    format, lints, libraries, offline SQL data
# make sqlx    describes changed SQL queries in .sqlx         after a change of a query or a migration
# make explorer bundles GraphiQL into target/explorer         `make demo` does so by itself
# make schema  writes schema/schema.graphql                   after a change of the API
# make bench   measures import and search
# make audit   tries others' tools on a demo of its own       make audit ARGS=http://127.0.0.1:8080/graphql (clients alone)

ARGS ?=
export PATH := $(PATH):$(HOME)/.cargo/bin

.PHONY: demo test lint sqlx schema explorer bench audit prepare

# Without the explorer's bundle the marketplace runs all the same.
demo: prepare
	@scripts/prepare-explorer || echo "explorer: going on without it" >&2
	cargo run -- demo $(ARGS)

# Tests wait for PostgreSQL and for timeouts, so two a core run at the same time.
test: export RUST_TEST_THREADS ?= $(shell echo $$(($$(nproc) * 2)))
test: prepare
	cargo test --workspace --no-fail-fast $(ARGS)

lint: prepare
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets -- -D warnings
	scripts/sqlx-data check
	scripts/deny

sqlx: prepare
	scripts/sqlx-data write

# Written aside first: a failing build must not empty the file.
schema: prepare
	cargo run --quiet -- schema >schema/schema.graphql.new
	mv schema/schema.graphql.new schema/schema.graphql

explorer: prepare
	@scripts/prepare-explorer

bench: prepare
	cargo run --release -- bench $(ARGS)

# Needs Node.js with npm, as the explorer does, and Python 3 with venv.
audit: prepare
	scripts/audit $(ARGS)

prepare:
	@scripts/prepare
