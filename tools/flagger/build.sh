#!/usr/bin/env bash
# Builds the real Flagger from its published Go module and puts the custom resource definitions of Flagger and Flux as
# their modules publish them beside it, for the lane that hands rollouts over between the two engines. Prints the folder:
# export FLAGGER_ASSETS=<that folder>.
#
# Usage: tools/flagger/build.sh [FOLDER]   (default: ${XDG_CACHE_HOME:-~/.cache}/serin/flagger/<version>)
# Takes about four minutes on two cores the first time and nothing after that.
set -euo pipefail

flagger=1.44.0
source=1.9.1
kustomize=1.9.4
helm=1.6.3
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/serin/flagger/f${flagger}-s${source}}

command -v go >/dev/null || { echo "flagger: Go is not installed" >&2; exit 3; }

complete() { [ -x "$folder/flagger" ] && [ -f "$folder/crds/flagger.yaml" ] && [ -f "$folder/crds/complete" ]; }
if complete; then echo "$folder"; exit 0; fi

work=$(mktemp -d)
trap 'chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' EXIT
mkdir -p "$folder/crds"
export CGO_ENABLED=0 GOFLAGS=-mod=mod GOTOOLCHAIN=local
cd "$work"

# module PATH VERSION: downloads a module and prints its folder.
module() { go mod download -json "$1@v$2" | sed -n 's/.*"Dir": "\(.*\)",*/\1/p'; }

cp "$(module github.com/fluxcd/flagger "$flagger")/artifacts/flagger/crd.yaml" "$folder/crds/flagger.yaml"
for controller in source:$source kustomize:$kustomize helm:$helm; do
  name=${controller%:*}
  for file in "$(module "github.com/fluxcd/$name-controller" "${controller#*:}")"/config/crd/bases/*.yaml; do
    cp "$file" "$folder/crds/$name-$(basename "$file")"
  done
done
chmod -R u+w "$folder/crds"

echo "flagger: building $flagger" >&2
GOBIN=$work go install -trimpath -ldflags "-s -w" "github.com/fluxcd/flagger/cmd/flagger@v$flagger"
mv "$work/flagger" "$folder/flagger"
touch "$folder/crds/complete"
complete
echo "$folder"
