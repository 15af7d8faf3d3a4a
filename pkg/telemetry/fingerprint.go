package telemetry

import "fmt"

// Fingerprint is the same for two Metrics that ask for the same values under one
// name.
func (m *Metric) Fingerprint() string {
	custom := ""
	if m.Custom != nil {
		custom = fmt.Sprintf("%s{%v}", m.Custom.Name, m.Custom.Selector)
	}
	return fmt.Sprintf("%q", []string{
		m.Name, m.Query, m.AgeQuery, m.ZeroWhile, custom, m.Join.Series, m.Join.Node, string(m.Combine), m.Window.String(), m.MaxAge.String(),
	})
}
