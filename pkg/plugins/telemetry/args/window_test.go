package args

import (
	"testing"
	"time"
)

func TestWindows(t *testing.T) {
	night := Window{Schedule: "0 20 * * 1-5", Duration: 10 * time.Hour, TimeZone: "UTC"}
	for sentence, tc := range map[string]struct {
		windows     []Window
		now, change string
		open        bool
	}{
		"without windows it is always open":    {nil, "2026-03-02T12:00:00Z", "", true},
		"before it opens":                      {[]Window{night}, "2026-03-02T19:59:59Z", "2026-03-02T20:00:00Z", false},
		"when it opens":                        {[]Window{night}, "2026-03-02T20:00:00Z", "2026-03-03T06:00:00Z", true},
		"past midnight":                        {[]Window{night}, "2026-03-07T05:59:59.5Z", "2026-03-07T06:00:00Z", true},
		"when it ends":                         {[]Window{night}, "2026-03-07T06:00:00Z", "2026-03-09T20:00:00Z", false},
		"windows that touch are one":           {[]Window{night, {Schedule: "0 6 * * 2", Duration: 2 * time.Hour, TimeZone: "UTC"}}, "2026-03-02T21:00:00Z", "2026-03-03T08:00:00Z", true},
		"in whatever order":                    {[]Window{{Schedule: "0 6 * * 2", Duration: 2 * time.Hour, TimeZone: "UTC"}, night}, "2026-03-02T21:00:00Z", "2026-03-03T08:00:00Z", true},
		"a longer one goes on":                 {[]Window{night, {Schedule: "0 21 * * *", Duration: time.Hour, TimeZone: "UTC"}}, "2026-03-02T21:30:00Z", "2026-03-03T06:00:00Z", true},
		"the next one of several":              {[]Window{night, {Schedule: "0 13 * * *", Duration: time.Hour, TimeZone: "UTC"}}, "2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z", false},
		"windows without an end":               {[]Window{{Schedule: "0 0 * * *", Duration: 24 * time.Hour, TimeZone: "UTC"}}, "2026-03-02T12:00:00Z", "", true},
		"every minute":                         {[]Window{{Schedule: "* * * * *", Duration: 7 * 24 * time.Hour, TimeZone: "UTC"}}, "2026-03-02T12:00:00Z", "", true},
		"in a time zone":                       {[]Window{{Schedule: "0 20 * * *", Duration: time.Hour, TimeZone: "Europe/Brussels"}}, "2026-03-02T19:00:00Z", "2026-03-02T20:00:00Z", true},
		"which has summers":                    {[]Window{{Schedule: "0 20 * * *", Duration: time.Hour, TimeZone: "Europe/Brussels"}}, "2026-07-02T17:59:00Z", "2026-07-02T18:00:00Z", false},
		"the hours of the night when it jumps": {[]Window{{Schedule: "0 20 * * *", Duration: 10 * time.Hour, TimeZone: "Europe/Brussels"}}, "2026-03-28T20:00:00Z", "2026-03-29T05:00:00Z", true},
		"in the hour that is skipped":          {[]Window{{Schedule: "30 2 * * *", Duration: 2 * time.Hour, TimeZone: "Europe/Brussels"}}, "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z", true},
		"before the hour that is skipped":      {[]Window{{Schedule: "30 2 * * *", Duration: 2 * time.Hour, TimeZone: "Europe/Brussels"}}, "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", false},
		"the day after":                        {[]Window{{Schedule: "30 2 * * *", Duration: 2 * time.Hour, TimeZone: "Europe/Brussels"}}, "2026-03-29T03:00:00Z", "2026-03-30T00:30:00Z", false},
		"on another day than it is skipped":    {[]Window{{Schedule: "30 2 1 * *", Duration: 2 * time.Hour, TimeZone: "Europe/Brussels"}}, "2026-03-02T12:00:00Z", "2026-04-01T00:30:00Z", false},
		"an hour that comes twice":             {[]Window{{Schedule: "0 2 * * *", Duration: 2 * time.Hour, TimeZone: "Europe/Brussels"}}, "2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z", true},
	} {
		t.Run(sentence, func(t *testing.T) {
			var e Eviction
			for _, w := range tc.windows {
				read, err := NewWindow(w.Schedule, w.Duration, w.TimeZone)
				if err != nil {
					t.Fatal(err)
				}
				e.Windows = append(e.Windows, read)
			}
			open, change := e.Open(when(t, tc.now))
			if open != tc.open || !change.Equal(when(t, tc.change)) {
				t.Errorf("open %v until %v, want %v until %q", open, change, tc.open, tc.change)
			}
		})
	}
}

// when reads a time; that of an empty text is zero.
func when(t *testing.T, text string) (at time.Time) {
	t.Helper()
	if text == "" {
		return at
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
