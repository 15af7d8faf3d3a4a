// Package manifests holds what is applied to a cluster: install.yaml, one file
// that installs the scheduler, and rules-example.yaml, a first rule. Its tests
// hold the roles to the least that works.
package manifests
