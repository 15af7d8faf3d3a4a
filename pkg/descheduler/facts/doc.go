// Package facts turns pods of the cluster into the values that a plan of evictions is made
// of: what they are, what made them and how that is, which budgets cover them, and what
// they are measured to use.
//
// It reads from listers alone, and calls no API.
package facts
