// Package prometheus tests the Prometheus source on real servers that scrape real
// exporters: on bin/prometheus as part of all tests, and on one from before 2.43 by
// `make test-old-prometheus`. It needs no control plane.
package prometheus
