// Package manifests holds what is applied to a cluster: a Helm chart, install.yaml,
// one file that installs the scheduler and is rendered from it, rules-example.yaml, a
// first rule, and custom-metrics.yaml, one right more. Its tests hold the roles to the least that
// works.
package manifests
