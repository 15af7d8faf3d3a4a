// Package ground finds by a Board what evictions go by: the rules that may move pods and
// what holds for each, the nodes in trouble, what holds everything, and which nodes rules
// let be homes. It is a function of the Board, the time and what the operator says, shared
// by the loop and by tests of rules.
package ground
