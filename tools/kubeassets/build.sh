#!/usr/bin/env bash
# Builds a real Kubernetes control plane (etcd, kube-apiserver, kube-controller-manager) from its published Go
# modules, for the lanes that hold Serin against the real thing. The folder it prints last is laid out as
# controller-runtime's envtest expects it: export KUBEBUILDER_ASSETS=<that folder>.
#
# Usage: tools/kubeassets/build.sh [FOLDER]   (default: ${XDG_CACHE_HOME:-~/.cache}/serin/kubeassets/<versions>)
# Takes about six minutes on two cores the first time and nothing after that.
set -euo pipefail

kubernetes=1.37.2
etcd=3.7.0
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/serin/kubeassets/k${kubernetes}-e${etcd}}

command -v go >/dev/null || { echo "kubeassets: Go is not installed" >&2; exit 3; }

complete() { [ -x "$folder/kube-apiserver" ] && [ -x "$folder/kube-controller-manager" ] && [ -x "$folder/etcd" ]; }
if complete; then echo "$folder"; exit 0; fi

work=$(mktemp -d)
trap 'chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' EXIT
mkdir -p "$folder"
export CGO_ENABLED=0 GOFLAGS=-mod=mod GOTOOLCHAIN=local

# k8s.io/kubernetes names its staging modules v0.0.0, so whoever imports it has to say which versions they are.
upstream=$(cd "$work" && go mod download -json "k8s.io/kubernetes@v$kubernetes" | sed -n 's/.*"GoMod": "\(.*\)",*/\1/p')
staging=v0.${kubernetes#*.}
mkdir -p "$work/apiserver" "$work/controllermanager"
{
  echo "module serin.dev/kubeassets"
  sed -n '/^go [0-9]/p; /^godebug/,/^)/p' "$upstream"
  echo "require k8s.io/kubernetes v$kubernetes"
  sed -n 's#^[[:space:]]*\(k8s\.io/[a-z-]*\) v0\.0\.0$#replace \1 => \1 '"$staging"'#p' "$upstream" | sort -u
} > "$work/go.mod"
cp "$here/apiserver.go.txt" "$work/apiserver/main.go"
cp "$here/controllermanager.go.txt" "$work/controllermanager/main.go"

version=k8s.io/component-base/version
flags="-s -w -X $version.gitVersion=v$kubernetes -X $version.gitMajor=1 -X $version.gitMinor=$(echo "$kubernetes" | cut -d. -f2)"
cd "$work"
echo "kubeassets: building kube-apiserver $kubernetes" >&2
go build -trimpath -ldflags "$flags" -o "$folder/kube-apiserver" ./apiserver
echo "kubeassets: building kube-controller-manager $kubernetes" >&2
go build -trimpath -ldflags "$flags" -o "$folder/kube-controller-manager" ./controllermanager

# etcd in a module of its own: it and Kubernetes need not agree on the versions of what they share.
mkdir "$work/etcd" && cd "$work/etcd"
printf 'module serin.dev/etcdasset\ngo 1.26\nrequire go.etcd.io/etcd/server/v3 v%s\n' "$etcd" > go.mod
cp "$here/etcd.go.txt" main.go
echo "kubeassets: building etcd $etcd" >&2
go build -trimpath -ldflags "-s -w" -o "$folder/etcd" .

complete
echo "$folder"
