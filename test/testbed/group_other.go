//go:build !linux

package testbed

import "syscall"

// ownGroup makes a process group.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
