#!/usr/bin/env bash
# The one door: ./build.sh [build|test|e2e|publish|tidy]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
configuration=${CONFIGURATION:-Release}

case "${1:-build}" in
  build)   dotnet build Segue.slnx -c "$configuration" ;;
  test)    for project in test/Segue.Core.Tests test/Segue.Server.Tests; do dotnet test "$project" -c "$configuration"; done ;;
  e2e)     dotnet test test/Segue.EndToEnd -c "$configuration" ;; # real engines where SEGUE_ENGINE_SCRIPT names their script
  publish) dotnet restore Segue.slnx --locked-mode
           dotnet publish src/Segue -c "$configuration" -r linux-x64 --no-restore # into artifacts/publish/Segue
           ;;
  tidy)    dotnet format Segue.slnx ;;
  *)       echo "usage: ./build.sh [build|test|e2e|publish|tidy]" >&2; exit 2 ;;
esac
