// Package scenario runs tests of rules: a file says what nodes, series and pods there
// are, and what is to come of it at which time. It is a function of files: nothing is
// read but what Options.ReadFile hands out, and time is that of the scenario.
//
// Everything that decides is what the scheduler runs: pkg/rules reads the rules,
// Prometheus' own engine answers their queries through pkg/telemetry/prometheus, which
// joins series and takes their ages, pkg/rules/engine judges, pkg/inflight keeps account
// of pods, pkg/inquiry says what each node tells a pod, and pkg/descheduler's parts what
// would leave a node; only who proves a home is its own, and asks no other plugin.
//
// docs/testing-rules.md is the reference of the format.
package scenario
