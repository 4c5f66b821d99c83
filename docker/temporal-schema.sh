#!/bin/sh
# Brings the schema of Temporal's two databases up to date; safe to run at every start, and needed after an upgrade.
# https://docs.temporal.io/self-hosted-guide/upgrade-server (read 2026-11)
set -eu

schema=/etc/temporal/schema/postgresql/v12
tool() {
  database=$1
  shift
  temporal-sql-tool --plugin postgres12 --ep "$POSTGRES_SEEDS" -p "$DB_PORT" -u "$POSTGRES_USER" --db "$database" "$@"
}

for pair in temporal:temporal temporal_visibility:visibility; do
  database=${pair%%:*}
  tool "$database" create
  tool "$database" setup-schema -v 0.0
  tool "$database" update-schema -d "$schema/${pair##*:}/versioned"
done
