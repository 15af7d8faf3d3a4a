// Package integration tests what only real parts can show. Its tests stand on a
// control plane that they share (see shared_test.go), each with a scheduler, an
// account and nodes of its own; those that stop a part have a control plane for
// themselves.
//
// `make parts` builds what they start.
package integration
