#!/bin/sh
# Checks the rules and runs their tests. It ends with 0 where all is well, with 1 where something was found, and with 2
# where something could not be read. Its argument is the format of what lint says: text, or github.
cd "$(dirname "$0")" || exit 2
worst=0
run() {
  "$@"
  code=$?
  [ "$code" -le "$worst" ] || worst=$code
}
is_tested() { test -f "tests/$1" || { echo "rules/$1 has no test: write tests/$1"; return 1; }; }
is_applied() { grep -q "rules/$1" kustomization.yaml || { echo "rules/$1 is applied by nobody: name it in kustomization.yaml"; return 1; }; }

run kubectl-telemetry lint --strict -o "${1:-text}" -k .
run kubectl-telemetry test --junit junit.xml tests/*.yaml
for file in rules/*.yaml; do
  run is_tested "${file#rules/}"
  run is_applied "${file#rules/}"
done
exit "$worst"
