package rulesource

import (
	"context"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/cache"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// hinter says that what a silence names is not there, in parentheses; it is empty
// where all is. A silence may well stand before its rule or its node does.
type hinter func(rules.Silence) string

// hint knows the rules in force, and the nodes as far as they were read.
func (s *Source) hint(inForce []rules.Rule) hinter {
	known := make(map[rules.Key]bool, len(inForce))
	for i := range inForce {
		known[inForce[i].Key()] = true
	}
	return func(x rules.Silence) string {
		var missing []string
		if x.Rule != (rules.Key{}) && !known[x.Rule] {
			missing = append(missing, "no rule of that name is in force")
		}
		if x.Node != "" && s.noNode(x.Node) {
			missing = append(missing, "no such node")
		}
		if len(missing) == 0 {
			return ""
		}
		return " (" + strings.Join(missing, ", ") + ")"
	}
}

// noNode reports whether it is known that there is no such node.
func (s *Source) noNode(name string) bool {
	if s.opts.Nodes == nil || !s.opts.Nodes.Informer().HasSynced() {
		return false
	}
	_, err := s.opts.Nodes.Lister().Get(name)
	return apierrors.IsNotFound(err)
}

// watchNodes has us look when a node comes or goes that a silence names.
func (s *Source) watchNodes() {
	look := func(node any) {
		name, err := cache.DeletionHandlingMetaNamespaceKeyFunc(node)
		if err != nil {
			return // it is no object
		}
		for _, x := range s.Set().Pause.Silences {
			if x.Node == name {
				wake(s.dirty)
			}
		}
	}
	// It fails only for an informer that has ended.
	_, _ = s.opts.Nodes.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: look, DeleteFunc: look})
}

// awaitNodes has us look once the nodes were read.
func (s *Source) awaitNodes(ctx context.Context) {
	if cache.WaitForCacheSync(ctx.Done(), s.opts.Nodes.Informer().HasSynced) {
		wake(s.dirty)
	}
}
