package inflight

import (
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Bounds of what an annotation may claim: beyond them it is a slip of the pen.
var (
	mostCPU    = resource.MustParse("1M")
	mostMemory = resource.MustParse("1Pi")
)

// claim is what a pod's annotation says; −1 where it says nothing.
type claim struct{ milliCPU, bytes int64 }

var noClaim = claim{-1, -1}

// parseClaim reads the value of the estimate annotation, such as
// "cpu=500m,memory=2Gi". Either may be left out. With an error nothing of it holds.
func parseClaim(text string) (claim, error) {
	c := noClaim
	for part := range strings.SplitSeq(text, ",") {
		if err := c.take(strings.TrimSpace(part)); err != nil {
			return noClaim, err
		}
	}
	return c, nil
}

func (c *claim) take(part string) error {
	name, value, found := strings.Cut(part, "=")
	if !found {
		return fmt.Errorf("%s is not of the form cpu=500m or memory=2Gi", quoted(part))
	}
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	q, err := resource.ParseQuantity(value)
	if err != nil {
		return fmt.Errorf("%s is no quantity; write it like 500m or 2Gi", quoted(value))
	}
	switch name {
	case "cpu":
		return set(&c.milliCPU, name, value, q, mostCPU, (*resource.Quantity).MilliValue)
	case "memory":
		if q.Sign() > 0 && q.Cmp(mostMemory) <= 0 && q.MilliValue()%1000 != 0 {
			return fmt.Errorf("memory=%s is a fraction of a byte; write it like 500Mi", bounded(value))
		}
		return set(&c.bytes, name, value, q, mostMemory, (*resource.Quantity).Value)
	}
	return fmt.Errorf("%s is no resource that can be estimated; there are cpu and memory", quoted(name))
}

// mostQuoted bounds what is repeated of an annotation, in bytes: it may have 256 KiB, and
// an Event has room for one.
const mostQuoted = 100

func quoted(text string) string { return strconv.Quote(bounded(text)) }

func bounded(text string) string {
	if len(text) > mostQuoted {
		text = strings.ToValidUTF8(text[:mostQuoted], "") + "…"
	}
	return text
}

// set takes a quantity over. It is named as it is written: beyond what 64 bits hold,
// parsing has cut it.
func set(to *int64, name, written string, q, most resource.Quantity, value func(*resource.Quantity) int64) error {
	switch {
	case *to >= 0:
		return fmt.Errorf("%s is given twice", name)
	case q.Sign() < 0:
		return fmt.Errorf("%s=%s is negative", name, bounded(written))
	case q.Cmp(most) > 0:
		return fmt.Errorf("%s=%s is more than any machine has", name, bounded(written))
	}
	*to = value(&q)
	return nil
}
