#!/usr/bin/env bash
# Writes src/api/core/decoding/go-types.ts: how the Go types of the Kubernetes API map to JSON (names, types, what is
# left out when empty), which is what the texts of decoding errors and the form of answers depend on.
set -euo pipefail

kubernetes=v0.37.2
here=$(cd "$(dirname "$0")" && pwd)
target=$(cd "$here/../.." && pwd)/src/api/core/decoding/go-types.ts
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CGO_ENABLED=0 GOFLAGS=-mod=mod GOTOOLCHAIN=local

{
  printf 'module serin.dev/gotypes\ngo 1.26\n'
  for module in api apiextensions-apiserver kube-aggregator apimachinery; do echo "require k8s.io/$module $kubernetes"; done
} > "$work/go.mod"
cp "$here/main.go.txt" "$work/main.go"
cd "$work"
go run . > "$work/table.ts"
mkdir -p "$(dirname "$target")"
# The object type is 60 KB of strings: the formatter has nothing to do there but for quotes.
mv "$work/table.ts" "$target"
