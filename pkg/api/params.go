package api

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

// Parameters of requests.
const (
	paramLimit    = "limit"
	paramContinue = "continue"
	paramRule     = "rule"
	paramNode     = "node"
	paramNodes    = "nodes"
	paramMetric   = "metric"
	paramPhase    = "phase"
	paramVerdict  = "verdict"
)

// Bounds of a part of a long answer.
const (
	defaultLimit = 500
	mostLimit    = 5000
)

// params are the parameters of one request.
type params struct {
	url.Values
	limit int
	// after is the place in the order of the items where the former part ended.
	after []string
}

func parseParams(query string, known []string) (params, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return params{}, apierrors.NewBadRequest("the parameters cannot be read: " + err.Error())
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(known, name) {
			return params{}, apierrors.NewBadRequest(fmt.Sprintf("there is no parameter %q here; %s", name, theseAre(known)))
		}
	}
	p := params{Values: values, limit: defaultLimit}
	if p.limit, err = parseLimit(values.Get(paramLimit)); err != nil {
		return params{}, err
	}
	p.after, err = parseContinue(values.Get(paramContinue))
	return p, err
}

func theseAre(known []string) string {
	if len(known) == 0 {
		return "it takes none"
	}
	return "there are " + strings.Join(known, ", ")
}

func parseLimit(text string) (int, error) {
	if text == "" {
		return defaultLimit, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > mostLimit {
		return 0, apierrors.NewBadRequest(fmt.Sprintf("limit is %q; write a number from 1 to %d", text, mostLimit))
	}
	return limit, nil
}

// parseContinue reads what token wrote.
func parseContinue(text string) (after []string, err error) {
	if text == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, &after)
	}
	if err != nil || len(after) == 0 {
		return nil, apierrors.NewBadRequest("continue is not one that an answer gave; leave it out to begin anew")
	}
	return after, nil
}

func token(place []string) string {
	raw, _ := json.Marshal(place) // strings can be written
	return base64.RawURLEncoding.EncodeToString(raw)
}

// wants reports whether a value is among those of a parameter, or anything is.
func (p *params) wants(name, value string) bool {
	return !p.Has(name) || slices.Contains(p.Values[name], value)
}

// oneOf refuses values of a parameter that never occur.
func (p *params) oneOf(name string, known ...string) error {
	for _, value := range p.Values[name] {
		if !slices.Contains(known, value) {
			return apierrors.NewBadRequest(fmt.Sprintf("%s is %q; write one of %s", name, value, strings.Join(known, ", ")))
		}
	}
	return nil
}

// part returns the items of an ordered sequence that belong into this part of an
// answer. place is where an item stands in the order; make makes what is answered of it.
func part[T, A any](p *params, items iter.Seq[T], place func(T) []string, make func(T) A) ([]A, v1alpha1.Page) {
	out, last := []A{}, []string(nil)
	for item := range items {
		at := place(item)
		if p.after != nil && slices.Compare(at, p.after) <= 0 {
			continue
		}
		if len(out) == p.limit {
			return out, v1alpha1.Page{Continue: token(last)}
		}
		out, last = append(out, make(item)), at
	}
	return out, v1alpha1.Page{}
}

// pointers yields pointers to the elements of a slice.
func pointers[T any](list []T) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	}
}

// only yields the items that are wanted.
func only[T any](items iter.Seq[T], wanted func(T) bool) iter.Seq[T] {
	return func(yield func(T) bool) {
		for item := range items {
			if wanted(item) && !yield(item) {
				return
			}
		}
	}
}
