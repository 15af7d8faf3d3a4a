// Package prometheus tests the Prometheus source on real servers that scrape real
// exporters. It needs bin/prometheus and no control plane.
package prometheus
