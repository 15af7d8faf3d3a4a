// Package plan decides which pods leave troubled nodes. It is a pure function: Make
// takes values and returns a Plan, the same for the same values in any order.
//
//	evidence     may a rule act on what is known of the node? Else nothing is planned.
//	permission   may it act now? Else the plan is shown, and held.
//	candidates   the pods that the rules may move; the others are spared with a reason.
//	choice       the least that brings every rule under its clear level (Relieve), or
//	             the next pod (Vacate).
//	homes        each chosen pod has a proven one, with all earlier moves assumed.
//	gates        what limits and the pace leave to do now; the rest is held. Where no
//	             more moves may be under way, nothing more is planned.
//
// What is least: the lowest possible highest priority among the victims, then the
// fewest that prefer to stay, then the lowest possible highest deletion cost, then the
// fewest pods, then the smallest overshoot, to a hundredth of what is needed. Rules on
// one node share one choice, and a pod leaves only for a rule that governs it.
//
// How exact: the search is exhaustive within a bound of steps for each node. That is
// enough for any choice among 12 candidates, and for up to three victims among 110
// pods that relieve one resource; NodePlan.Exact tells. Beyond it the best that was
// found stands, or what a greedy choice finds, from which nothing can be left out. A
// pod without a home is put aside and the choice made anew: where the homes of single
// pods do not get into each other's way, it stays the least.
package plan
