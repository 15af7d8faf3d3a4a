// Package anyprometheus tests what the source of Prometheus must do on a real server
// of any version: with the pinned one as part of all tests, and with one from before
// 2.43 by `make test-old-prometheus`. It needs no control plane.
package anyprometheus
