package strictyaml

import (
	"regexp"
	"time"

	"github.com/prometheus/common/model"
)

// Duration is a time span that is written as Prometheus writes them: 30s, 5m,
// 1h30m, 7d.
type Duration time.Duration

// DecodeScalar reads a duration, which is never negative.
func (d *Duration) DecodeScalar(s Scalar) error {
	parsed, err := ParseDuration(s.Text)
	*d = Duration(parsed)
	return err
}

// String writes the duration as it can be read again.
func (d Duration) String() string { return model.Duration(d).String() }

var (
	bareNumber = regexp.MustCompile(`^[0-9]+$`)
	fraction   = regexp.MustCompile(`^[0-9]+\.[0-9]+(ms|s|m|h|d|w|y)?$`)
)

// ParseDuration reads a duration and says how a wrong one is mended.
func ParseDuration(text string) (time.Duration, error) {
	parsed, err := model.ParseDuration(text)
	if err == nil {
		return time.Duration(parsed), nil
	}
	switch {
	case bareNumber.MatchString(text):
		return 0, problemf("write "+text+"s for seconds", "%s has no unit of time", text)
	case fraction.MatchString(text):
		return 0, problemf("write it in a smaller unit, such as 90s for 1.5m", "a duration has no fractions, and %s has one", text)
	}
	return 0, problemf("write it like 30s, 5m, 1h30m or 7d", "%s is not a duration", orNothing(Show(text)))
}

// orNothing makes an empty text visible.
func orNothing(text string) string {
	if text == "" {
		return `""`
	}
	return text
}
