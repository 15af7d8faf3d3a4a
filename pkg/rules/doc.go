// Package rules holds the rule language: the file format as people write it,
// and the RuleSet that everything else reads.
//
// A file passes three separate steps: decoding (text to File, with the position
// of every field), defaulting, and validation. What leaves the package is a
// RuleSet whose values need no further checking: thresholds are in the metric's
// own unit, selectors are compiled, durations are set.
//
// The package is pure: it knows no Kubernetes client, no clock and no network.
// Package rules/engine turns a RuleSet and telemetry into verdicts.
package rules
