#!/usr/bin/env bash
# Writes two tables of facts about the Go types of the Kubernetes API, on which the texts of its errors and the form of
# its answers depend:
#   src/api/core/decoding/go-types.ts           names and types on the wire, and what is left out when empty
#   src/api/core/validation/internal-types.ts   how some of the server's own types look when an error shows them
set -euo pipefail

kubernetes=1.37.2
staging=v0.${kubernetes#*.}
here=$(cd "$(dirname "$0")" && pwd)
core=$(cd "$here/../.." && pwd)/src/api/core
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CGO_ENABLED=0 GOFLAGS=-mod=mod GOTOOLCHAIN=local
mkdir -p "$work/wire" "$work/internal" "$core/decoding" "$core/validation"

{
  printf 'module serin.dev/gotypes\ngo 1.26\n'
  for module in api apiextensions-apiserver kube-aggregator apimachinery; do echo "require k8s.io/$module $staging"; done
} > "$work/wire/go.mod"
cp "$here/main.go.txt" "$work/wire/main.go"
(cd "$work/wire" && go run .) > "$work/go-types.ts"

# k8s.io/kubernetes names its staging modules v0.0.0, so whoever imports it has to say which versions they are.
upstream=$(cd "$work/wire" && go mod download -json "k8s.io/kubernetes@v$kubernetes" | sed -n 's/.*"GoMod": "\(.*\)",*/\1/p')
{
  echo "module serin.dev/gotypes"
  sed -n '/^go [0-9]/p; /^godebug/,/^)/p' "$upstream"
  echo "require k8s.io/kubernetes v$kubernetes"
  sed -n 's#^[[:space:]]*\(k8s\.io/[a-z-]*\) v0\.0\.0$#replace \1 => \1 '"$staging"'#p' "$upstream" | sort -u
} > "$work/internal/go.mod"
cp "$here/internal.go.txt" "$work/internal/main.go"
(cd "$work/internal" && go run .) > "$work/internal-types.ts"

mv "$work/go-types.ts" "$core/decoding/go-types.ts"
mv "$work/internal-types.ts" "$core/validation/internal-types.ts"
(cd "$core" && npx biome check --write decoding/go-types.ts validation/internal-types.ts)
