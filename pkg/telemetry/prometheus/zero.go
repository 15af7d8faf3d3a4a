package prometheus

import (
	"context"
	"fmt"
	"math"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// zeros gives 0 to the nodes without a series of which zeroWhile has one. Their
// values are as old as what it reads.
func (r *round) zeros(ctx context.Context, j job, nodes *joined) error {
	if j.ZeroWhile == "" {
		return nil
	}
	answer, stamps, err := r.while(ctx, j)
	if err != nil {
		return fmt.Errorf("zeroWhile %q: %w", cut(j.ZeroWhile), err)
	}
	for place, series := range answer.joined.series {
		if len(series) > 0 && len(nodes.series[place]) == 0 && nodes.doubtful[place] == "" {
			j.out.values[place] = r.zero(j, stamps.stamp(place))
		}
	}
	return nil
}

// while asks zeroWhile. There are no stamps where there are no series.
func (r *round) while(ctx context.Context, j job) (*reply, stamper, error) {
	answer, err := r.ask(ctx, j.ZeroWhile, j)
	if err != nil || len(answer.vector) == 0 {
		return answer, nil, err
	}
	stamps, err := r.derive(ctx, j, answer)
	return answer, stamps, err
}

func (r *round) zero(j job, s stamp) value {
	if math.IsNaN(s.at) {
		return value{problem: fmt.Sprintf("zeroWhile %q: nobody can say how old its series of this node is", cut(j.ZeroWhile))}
	}
	return value{sample: telemetry.Sample{Time: r.at.ours(s.at)}, found: true}
}
