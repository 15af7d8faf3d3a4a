package prometheus

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// canned is a client that has one answer.
type canned string

func (canned) URL(string, map[string]string) *url.URL { return &url.URL{} }

func (c canned) Do(context.Context, *http.Request) (*http.Response, []byte, error) {
	return &http.Response{StatusCode: http.StatusOK}, []byte(c), nil
}

// slowly reads an answer as the API's own client does.
func slowly(body string) (vectorAnswer, bool) {
	value, warnings, err := v1.NewAPI(canned(body)).Query(context.Background(), "x", time.Time{})
	vector, ok := value.(model.Vector)
	for _, s := range vector {
		if s == nil {
			return vectorAnswer{}, false
		}
		if s.Histogram != nil {
			s.Histogram = &model.SampleHistogram{}
		}
	}
	return vectorAnswer{vector: vector, warnings: warnings}, ok && err == nil
}

const (
	oneSeries = `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","a":"b\"\u00e9\n"},"value":[1435781451.781,"1.5"]}]}%s}`
	histogram = `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{"count":"1","sum":"2","buckets":[[1,"0","1","1"]]}]}]}}`
)

func TestAnswersAreReadAsTheClientOfTheAPIReadsThem(t *testing.T) {
	for sentence, tc := range map[string]struct {
		body  string
		taken bool
	}{
		"a series":                      {fmt.Sprintf(oneSeries, ""), true},
		"with warnings":                 {fmt.Sprintf(oneSeries, `,"warnings":["a","b"]`), true},
		"with what is new":              {fmt.Sprintf(oneSeries, `,"infos":["a"],"stats":{"x":[1]}`), true},
		"no series":                     {`{"status":"success","data":{"resultType":"vector","result":[]}}`, true},
		"numbers that are none":         {`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"NaN"]},{"metric":{},"value":[1,"-Inf"]}]}}`, true},
		"a histogram":                   {histogram, true},
		"an error":                      {`{"status":"error","errorType":"execution","error":"x"}`, false},
		"a scalar":                      {`{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}`, false},
		"a matrix":                      {`{"status":"success","data":{"resultType":"matrix","result":[]}}`, false},
		"half an answer":                {fmt.Sprintf(oneSeries, "")[:80], false},
		"two answers":                   {fmt.Sprintf(oneSeries, "") + fmt.Sprintf(oneSeries, ""), false},
		"a value that is a number":      {`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,1]}]}}`, false},
		"a value without a time":        {`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":["1"]}]}}`, false},
		"a label that is a number":      {`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":1},"value":[1,"1"]}]}}`, false},
		"the kind behind the series":    {`{"status":"success","data":{"result":[],"resultType":"vector"}}`, false},
		"a series with something new":   {`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"],"created":1}]}}`, false},
		"no data":                       {`{"status":"success"}`, false},
		"nothing":                       {``, false},
		"something else":                {`[]`, false},
		"a list where labels should be": {`{"status":"success","data":{"resultType":"vector","result":[[]]}}`, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, taken := decodeVector([]byte(tc.body))
			if taken != tc.taken {
				t.Fatalf("it was taken: %v, want %v", taken, tc.taken)
			}
			if want, ok := slowly(tc.body); taken && ok {
				compare(t, want, got)
			}
		})
	}
}

func compare(t *testing.T, want, got vectorAnswer) {
	t.Helper()
	for _, vector := range []model.Vector{want.vector, got.vector} {
		for _, s := range vector {
			s.Timestamp = 0 // nobody reads it
		}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(vectorAnswer{}), ignoreEmpty, cmpopts.EquateNaNs(),
		cmpopts.IgnoreFields(vectorAnswer{}, "infos", "partial")); diff != "" {
		t.Errorf("answer (-client of the API +got):\n%s", diff)
	}
}

func FuzzDecodeVector(f *testing.F) {
	f.Add(fmt.Sprintf(oneSeries, `,"warnings":["a"]`))
	f.Add(histogram)
	f.Add(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1e3,"0x1p-2"]},{"value":[1,"2"]}]},"infos":[]}`)
	f.Fuzz(func(t *testing.T, body string) {
		if strings.ToLower(strings.ReplaceAll(body, "resultType", "")) != strings.ReplaceAll(body, "resultType", "") {
			return // the client of the API takes names of fields in any case
		}
		got, taken := decodeVector([]byte(body))
		if !taken {
			return
		}
		if want, ok := slowly(body); ok {
			compare(t, want, got)
		}
	})
}
