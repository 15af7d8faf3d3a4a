package engine

import "testing"

func TestAnObservationIsAsOldAsWhatItRestsOn(t *testing.T) {
	leaves := []observation{{True, 10}, {True, 20}, {False, 30}, {False, 40}, {}}
	leaf := func(i int) expr { return expr{op: isLeaf, leaf: i} }
	tree := func(op expression, of ...int) expr {
		e := expr{op: op}
		for _, i := range of {
			e.of = append(e.of, leaf(i))
		}
		return e
	}
	for name, c := range map[string]struct {
		tree expr
		want observation
	}{
		"all, True: the oldest is needed":     {tree(isAll, 0, 1), observation{True, 10}},
		"any, True: the newest suffices":      {tree(isAny, 0, 1, 2), observation{True, 20}},
		"all, False: the newest suffices":     {tree(isAll, 1, 2, 3), observation{False, 40}},
		"any, False: the oldest is needed":    {tree(isAny, 2, 3), observation{False, 30}},
		"a decision stands beside an Unknown": {tree(isAny, 4, 0), observation{True, 10}},
		"without a decision Unknown remains":  {tree(isAll, 4, 0), observation{}},
		"not keeps the time":                  {tree(isNot, 0), observation{False, 10}},
	} {
		if got := c.tree.value(leaves); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
