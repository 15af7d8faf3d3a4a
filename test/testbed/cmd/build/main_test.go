package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPartsAreBuiltByName(t *testing.T) {
	for name, c := range map[string]struct {
		names []string
		want  []string
		wrong string
	}{
		"in the order in which all are built": {[]string{"telemetry-scheduler", "etcd"}, []string{"etcd", "telemetry-scheduler"}, ""},
		"a name that no part has is told":     {[]string{"etcd", "etcdd"}, nil, `there is no part "etcdd"; there are etcd, kube-apiserver,`},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := named(c.names)
			var got []string
			for _, p := range found {
				got = append(got, p.name)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if (err != nil) != (c.wrong != "") || err != nil && !strings.HasPrefix(err.Error(), c.wrong) {
				t.Errorf("it says %v", err)
			}
		})
	}
	if all, err := named(nil); err != nil || len(all) != len(parts) {
		t.Errorf("without a name there are %d of %d parts, %v", len(all), len(parts), err)
	}
}
