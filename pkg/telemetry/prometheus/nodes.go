package prometheus

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// byExternalIP is found by JoinAuto alone.
const byExternalIP = "externalIP"

// autoKinds are what JoinAuto tries. The address of a pod comes only after all of
// them: it says where an exporter runs, and not whom its series are about.
var autoKinds = []string{telemetry.JoinByName, telemetry.JoinByHostname, telemetry.JoinByInternalIP, byExternalIP}

// nodeIndex finds nodes by what labels of series say about them. Nodes are known by
// their place in the request.
type nodeIndex struct {
	nodes   []telemetry.Node
	podNode func(ip string) (node string, found bool)
	// texts holds places by kind and value, for kinds that are texts, and addresses
	// for kinds that are addresses.
	texts     map[string]map[string][]int
	addresses map[string]map[netip.Addr][]int
}

func newNodeIndex(r telemetry.Request) *nodeIndex {
	ix := &nodeIndex{
		nodes: r.Nodes, podNode: r.PodNode,
		texts:     map[string]map[string][]int{telemetry.JoinByName: {}, telemetry.JoinByHostname: {}},
		addresses: map[string]map[netip.Addr][]int{telemetry.JoinByInternalIP: {}, byExternalIP: {}},
	}
	for i := range r.Nodes {
		ix.add(i, &r.Nodes[i])
	}
	return ix
}

func (ix *nodeIndex) add(place int, n *telemetry.Node) {
	ix.addText(telemetry.JoinByName, n.Name, place)
	ix.addText(telemetry.JoinByHostname, n.Labels[corev1.LabelHostname], place)
	for _, a := range n.Addresses {
		switch corev1.NodeAddressType(a.Type) {
		case corev1.NodeInternalIP:
			ix.addAddress(telemetry.JoinByInternalIP, a.Address, place)
		case corev1.NodeExternalIP:
			ix.addAddress(byExternalIP, a.Address, place)
		default:
			ix.addText(telemetry.JoinByHostname, a.Address, place)
		}
	}
}

func (ix *nodeIndex) addText(kind, value string, place int) {
	value = strings.ToLower(value)
	if known := ix.texts[kind][value]; value != "" && !slices.Contains(known, place) {
		ix.texts[kind][value] = append(known, place)
	}
}

func (ix *nodeIndex) addAddress(kind, value string, place int) {
	address, ok := parseAddress(value)
	if known := ix.addresses[kind][address]; ok && !slices.Contains(known, place) {
		ix.addresses[kind][address] = append(known, place)
	}
}

// find returns the nodes of which value is the name, the address or what kind says.
func (ix *nodeIndex) find(kind, value string) []int {
	if key, byLabel := strings.CutPrefix(kind, telemetry.JoinByLabel); byLabel {
		return ix.labelled(kind, key)[value]
	}
	switch kind {
	case telemetry.JoinByName, telemetry.JoinByHostname:
		value = strings.ToLower(value)
		if places := ix.texts[kind][value]; len(places) > 0 {
			return places
		}
		return ix.texts[kind][host(value)]
	case telemetry.JoinByPodIP:
		return ix.ofPod(value)
	}
	if address, ok := parseAddress(value); ok {
		return ix.addresses[kind][address]
	}
	return nil
}

// labelled indexes the nodes by a label when it is first asked for.
func (ix *nodeIndex) labelled(kind, key string) map[string][]int {
	if ix.texts[kind] == nil {
		ix.texts[kind] = map[string][]int{}
		for i := range ix.nodes {
			if value := ix.nodes[i].Labels[key]; value != "" {
				ix.texts[kind][value] = append(ix.texts[kind][value], i)
			}
		}
	}
	return ix.texts[kind]
}

func (ix *nodeIndex) ofPod(value string) []int {
	address, ok := parseAddress(value)
	if !ok || ix.podNode == nil {
		return nil
	}
	node, found := ix.podNode(address.String())
	if !found {
		return nil
	}
	return ix.texts[telemetry.JoinByName][strings.ToLower(node)]
}

// host returns what stands before a port.
func host(value string) string {
	if h, _, err := net.SplitHostPort(value); err == nil {
		return h
	}
	return value
}

// parseAddress reads an address of either family, in brackets and with a port or
// without.
func parseAddress(value string) (netip.Addr, bool) {
	if len(value) > 2 && value[0] == '[' && value[len(value)-1] == ']' {
		value = value[1 : len(value)-1]
	}
	address, err := netip.ParseAddr(value)
	if err != nil {
		address, err = netip.ParseAddr(host(value))
	}
	return address.Unmap().WithZone(""), err == nil
}
