package prometheus

import (
	"encoding/json"
	"math"
	"strconv"

	jsoniter "github.com/json-iterator/go"
	"github.com/prometheus/common/model"
)

// vectorAnswer is an answer of the API that gives a vector.
type vectorAnswer struct {
	vector          model.Vector
	warnings, infos []string
	// partial says that not all stores answered, in the words of VictoriaMetrics.
	partial bool
}

// decodeVector reads an answer in one pass; ok is false where it is no good answer,
// or none with a vector. The API's own client reads each answer four times, which
// for 5,000 nodes and 50 metrics takes seconds.
func decodeVector(body []byte) (a vectorAnswer, ok bool) {
	d := &decoder{iter: jsoniter.ParseBytes(jsoniter.ConfigDefault, body), texts: map[string]string{}}
	status, kind := "", ""
	d.object(func(field string) {
		switch field {
		case "status":
			status = d.iter.ReadString()
		case "warnings":
			d.iter.ReadVal(&a.warnings)
		case "infos":
			d.iter.ReadVal(&a.infos)
		case "isPartial":
			a.partial = d.iter.ReadBool()
		case "data":
			kind, a.vector = d.data()
		default:
			d.iter.Skip()
		}
	})
	rest := d.iter.WhatIsNext()
	return a, status == "success" && kind == modelVector && a.vector != nil && rest == jsoniter.InvalidValue && d.sound()
}

const (
	modelVector = "vector"
	maxTexts    = 200
)

// stub is the answer without its series, for the API's own client.
func (a vectorAnswer) stub() ([]byte, error) {
	return json.Marshal(map[string]any{
		"status": "success", "warnings": a.warnings,
		"data": map[string]any{"resultType": modelVector, "result": []any{}},
	})
}

// decoder reads JSON. Of the first texts it keeps one copy each: most labels have the
// same values in all series.
type decoder struct {
	iter  *jsoniter.Iterator
	texts map[string]string
}

// sound reports whether all that was read was JSON of the form of the API.
func (d *decoder) sound() bool { return d.iter.Error == nil || d.iter.Error.Error() == "EOF" }

func (d *decoder) object(field func(name string)) {
	d.iter.ReadObjectCB(func(_ *jsoniter.Iterator, name string) bool {
		field(name)
		return d.iter.Error == nil
	})
}

// data reads the kind of an answer and its series. Where the series come first, the
// kind is not known yet and the answer is not taken.
func (d *decoder) data() (kind string, vector model.Vector) {
	d.object(func(field string) {
		switch {
		case field == "resultType":
			kind = d.iter.ReadString()
		case field == "result" && kind == modelVector:
			vector = d.vector()
		case field == "result":
			d.iter.ReportError("result", "it is no vector")
		default:
			d.iter.Skip()
		}
	})
	return kind, vector
}

func (d *decoder) vector() model.Vector {
	out := model.Vector{}
	labels := 0
	d.iter.ReadArrayCB(func(*jsoniter.Iterator) bool {
		s := d.series(labels)
		labels = len(s.Metric)
		out = append(out, s)
		return d.iter.Error == nil
	})
	return out
}

func (d *decoder) series(labels int) *model.Sample {
	s := &model.Sample{Metric: make(model.Metric, labels)}
	d.object(func(field string) {
		switch field {
		case "metric":
			d.object(func(name string) {
				s.Metric[model.LabelName(d.text(name))] = model.LabelValue(d.text(d.iter.ReadString()))
			})
		case "value":
			s.Timestamp, s.Value = d.value()
		case "histogram":
			s.Histogram = &model.SampleHistogram{}
			d.iter.Skip()
		default:
			d.iter.ReportError("series", "it has more than is known")
		}
	})
	return s
}

func (d *decoder) text(is string) string {
	if known, found := d.texts[is]; found {
		return known
	}
	if len(d.texts) < maxTexts {
		d.texts[is] = is
	}
	return is
}

// value reads [seconds, "value"].
func (d *decoder) value() (at model.Time, value model.SampleValue) {
	elements := 0
	d.iter.ReadArrayCB(func(*jsoniter.Iterator) bool {
		switch elements++; elements {
		case 1:
			at = model.Time(math.Round(d.iter.ReadFloat64() * 1000))
		case 2:
			value = d.number()
		default:
			d.iter.ReportError("value", "there are more than two elements")
		}
		return d.iter.Error == nil
	})
	if elements != 2 {
		d.iter.ReportError("value", "there are not two elements")
	}
	return at, value
}

func (d *decoder) number() model.SampleValue {
	f, err := strconv.ParseFloat(d.iter.ReadString(), 64)
	if err != nil {
		d.iter.ReportError("value", err.Error())
	}
	return model.SampleValue(f)
}
