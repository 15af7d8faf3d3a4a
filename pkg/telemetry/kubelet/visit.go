package kubelet

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/common/expfmt"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// PathAnnotation of a node names the path of its metrics where that is not
// /metrics/resource.
const PathAnnotation = "metrics.k8s.io/resource-metrics-path"

const defaultPath = "/metrics/resource"

// accepted asks for text and does not insist: servers that compare types by name
// refuse a request that they could answer. What came is checked.
var accepted = string(expfmt.NewFormat(expfmt.TypeTextPlain)) + ", */*;q=0.1"

// visitor asks one kubelet at a time, as many as its callers like.
type visitor struct {
	client *http.Client
	opts   Options
}

// visit asks a kubelet once, of its pods too if they are wanted. An error is for people and names what to mend.
func (v *visitor) visit(ctx context.Context, node telemetry.Node, token string, wantPods bool) (answer, error) {
	request, err := v.request(ctx, node, token)
	if err != nil {
		return answer{}, err
	}
	asked := time.Now()
	response, err := v.client.Do(request)
	if err != nil {
		return answer{}, explain(err, v.opts)
	}
	defer response.Body.Close()
	if err := check(response); err != nil {
		return answer{}, err
	}
	out, err := parse(http.MaxBytesReader(nil, response.Body, v.opts.MaxBytes), asked, wantPods)
	if ctx.Err() != nil {
		// A body that is cut off by the deadline may look whole, or malformed.
		err = ctx.Err()
	}
	if err != nil {
		return answer{}, explain(err, v.opts)
	}
	return out, nil
}

func (v *visitor) request(ctx context.Context, node telemetry.Node, token string) (*http.Request, error) {
	u, err := v.url(node)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("the node cannot be asked: %w", err)
	}
	request.Header.Set("Accept", accepted)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return request, nil
}

// url says where a node's metrics are. What the node says of its path cannot lead
// to another host, nor away from HTTPS.
func (v *visitor) url(node telemetry.Node) (*url.URL, error) {
	host := v.address(node)
	if host == "" {
		return nil, fmt.Errorf("the node has no address of the types %v", v.opts.AddressTypes)
	}
	path := node.Annotations[PathAnnotation]
	switch {
	case path == "":
		path = defaultPath
	case path[0] != '/':
		return nil, fmt.Errorf("the annotation %s of the node is %q, which does not begin with /", PathAnnotation, path)
	}
	return &url.URL{Scheme: "https", Host: net.JoinHostPort(host, strconv.Itoa(int(v.port(node)))), Path: path}, nil
}

func (v *visitor) address(node telemetry.Node) string {
	for _, wanted := range v.opts.AddressTypes {
		i := slices.IndexFunc(node.Addresses, func(a telemetry.Address) bool { return a.Type == wanted && a.Address != "" })
		if i >= 0 {
			return node.Addresses[i].Address
		}
	}
	return ""
}

func (v *visitor) port(node telemetry.Node) int32 {
	for _, port := range []int32{v.opts.Port, node.KubeletPort} {
		if port != 0 {
			return port
		}
	}
	return defaultPort
}
