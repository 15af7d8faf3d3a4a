package version

import "testing"

func TestTheVersionIsWhatTheBuildSays(t *testing.T) {
	if got := Current().Version; got == "" {
		t.Error("it says nothing")
	}
	built = "v1.2.3"
	defer func() { built = "" }()
	if got := Current().Version; got != "v1.2.3" {
		t.Errorf("it is %s", got)
	}
}
