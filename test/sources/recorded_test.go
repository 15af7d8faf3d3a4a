package sources

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/textproto"
	"regexp"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"
	"k8s.io/metrics/pkg/client/clientset/versioned/scheme"
)

// recordings are answers of real parts at 100 nodes, cut down to their first entry;
// testdata/README.md says how they came about.
//
//go:embed testdata/*.txt
var recordings embed.FS

// recorded is one of them.
type recorded struct {
	head textproto.MIMEHeader
	body []byte
}

func recording(name string) (r recorded, err error) {
	text, err := recordings.ReadFile("testdata/" + name + ".txt")
	if err != nil {
		return r, err
	}
	reader := textproto.NewReader(bufio.NewReader(bytes.NewReader(text)))
	if r.head, err = reader.ReadMIMEHeader(); err != nil {
		return r, fmt.Errorf("reading the recording %s: %w", name, err)
	}
	r.body, err = io.ReadAll(reader.R)
	return r, err
}

// scale is the size of a cluster.
type scale struct{ nodes, podsOfANode int }

// random makes values that differ as measured ones do, because equal ones pack to
// nothing.
var random = rand.New(rand.NewPCG(1, 2))

// usage is in the units in which metrics-server gives it.
func (s scale) usage() corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewScaledQuantity(random.Int64N(8e9), resource.Nano),
		corev1.ResourceMemory: *resource.NewQuantity(random.Int64N(32<<20)<<10, resource.BinarySI),
	}
}

// moment is one of the seconds before another.
func (s scale) moment(at metav1.Time) metav1.Time {
	return metav1.NewTime(at.Add(-time.Duration(random.IntN(15)) * time.Second))
}

func nodeName(i int) string { return fmt.Sprintf("node-%05d", i) }

func podName(node, i int) string { return fmt.Sprintf("web-5d8c6b7f9d-%05d-%02d", node, i) }

// address is that of a node, and its kubelet's.
func address(i int) string { return fmt.Sprintf("127.%d.%d.%d", 1+i>>16, i>>8&255, i&255) }

// nodeMetrics is the recorded list with so many nodes in protobuf, as metrics-server
// sends it to whom it is asked by.
func nodeMetrics(r recorded, s scale) ([]byte, error) {
	var list v1beta1.NodeMetricsList
	if err := json.Unmarshal(r.body, &list); err != nil {
		return nil, err
	}
	like := list.Items[0]
	list.Items = nil
	for i := range s.nodes {
		item := *like.DeepCopy()
		item.Name, item.Usage, item.Timestamp = nodeName(i), s.usage(), s.moment(item.Timestamp)
		item.Labels[corev1.LabelHostname] = item.Name
		list.Items = append(list.Items, item)
	}
	return protobuf(&list)
}

// podMetrics is the same of pods.
func podMetrics(r recorded, s scale) ([]byte, error) {
	var list v1beta1.PodMetricsList
	if err := json.Unmarshal(r.body, &list); err != nil {
		return nil, err
	}
	like := list.Items[0]
	list.Items = nil
	for i := range s.nodes * s.podsOfANode {
		item := *like.DeepCopy()
		item.Name, item.Timestamp = podName(i/s.podsOfANode, i%s.podsOfANode), s.moment(item.Timestamp)
		item.Containers[0].Usage = s.usage()
		list.Items = append(list.Items, item)
	}
	return protobuf(&list)
}

func protobuf(list runtime.Object) ([]byte, error) {
	info, found := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), runtime.ContentTypeProtobuf)
	if !found {
		return nil, fmt.Errorf("the scheme knows no protobuf")
	}
	var out bytes.Buffer
	err := scheme.Codecs.EncoderForVersion(info.Serializer, v1beta1.SchemeGroupVersion).Encode(list, &out)
	return out.Bytes(), err
}

// sample is a line of an answer: its series, and the value.
var sample = regexp.MustCompile(`^([a-z_]+(?:\{.*\})?) (\S+)`)

// pod is the label that names a pod.
var pod = regexp.MustCompile(`pod="[^"]*"`)

// kubeletText is the recorded answer with so many pods. All nodes say the same.
func kubeletText(r recorded, s scale) []byte {
	var out strings.Builder
	for line := range strings.Lines(string(r.body)) {
		found := sample.FindStringSubmatch(line)
		switch {
		case found == nil:
			out.WriteString(line)
		case !pod.MatchString(line):
			fmt.Fprintf(&out, "%s %v\n", found[1], 1e9*random.Float64())
		default:
			for i := range s.podsOfANode {
				fmt.Fprintf(&out, "%s %v\n", pod.ReplaceAllString(found[1], fmt.Sprintf("pod=%q", podName(0, i))), 1e6*random.Float64())
			}
		}
	}
	return []byte(out.String())
}

// vector is an instant vector as Prometheus sends it.
type vector struct {
	Status string `json:"status"`
	Data   struct {
		ResultType string   `json:"resultType"`
		Result     []series `json:"result"`
	} `json:"data"`
}

type series struct {
	Metric map[string]string  `json:"metric"`
	Value  [2]json.RawMessage `json:"value"`
}

// vectorOf is the recorded answer with a series for each node. name is that of the
// metric; empty where the query drops it.
func vectorOf(r recorded, name string, s scale, value func(i int) string) ([]byte, error) {
	var v vector
	if err := json.Unmarshal(r.body, &v); err != nil {
		return nil, err
	}
	like := v.Data.Result[0]
	v.Data.Result = nil
	for i := range s.nodes {
		labels := maps.Clone(like.Metric)
		labels["instance"] = address(i) + ":9100"
		if labels["pod"] != "" {
			labels["pod"] = fmt.Sprintf("node-exporter-%05x", i)
		}
		delete(labels, "__name__")
		if name != "" {
			labels["__name__"] = name
		}
		v.Data.Result = append(v.Data.Result, series{labels, [2]json.RawMessage{like.Value[0], json.RawMessage(fmt.Sprintf("%q", value(i)))}})
	}
	return json.Marshal(v)
}

// metricValues is the recorded list of custom metrics with a value for each node.
func metricValues(r recorded, name string, s scale) ([]byte, error) {
	var list struct {
		Kind       string           `json:"kind"`
		APIVersion string           `json:"apiVersion"`
		Metadata   map[string]any   `json:"metadata"`
		Items      []map[string]any `json:"items"`
	}
	if err := json.Unmarshal(r.body, &list); err != nil {
		return nil, err
	}
	like, err := json.Marshal(list.Items[0])
	if err != nil {
		return nil, err
	}
	list.Items = make([]map[string]any, s.nodes)
	for i := range list.Items {
		if err := json.Unmarshal(like, &list.Items[i]); err != nil {
			return nil, err
		}
		list.Items[i]["describedObject"].(map[string]any)["name"] = nodeName(i)
		list.Items[i]["metric"].(map[string]any)["name"] = name
		list.Items[i]["value"] = fmt.Sprintf("%dm", random.IntN(100_000))
	}
	return json.Marshal(list)
}
