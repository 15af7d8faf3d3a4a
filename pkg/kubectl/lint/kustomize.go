package lint

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/resource"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

// addKustomize builds a folder as kubectl does with -k. A text that stands as it is in
// a file that kustomize read has its places there.
func (l *library) addKustomize(folder string) error {
	infos, err := resource.NewLocalBuilder().Unstructured().Local().
		FilenameParam(false, &resource.FilenameOptions{Kustomize: folder}).
		Flatten().Do().Infos()
	if err != nil {
		return err
	}
	origins := originsIn(folder)
	for _, info := range infos {
		if err := l.addBuilt(info.Object, origins); err != nil {
			return err
		}
	}
	return nil
}

func (l *library) addBuilt(object runtime.Object, origins map[string]*body) error {
	built, known := object.(*unstructured.Unstructured)
	if !known || built.GetKind() != "ConfigMap" || built.GetAPIVersion() != "v1" {
		return nil
	}
	cm := new(corev1.ConfigMap)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(built.Object, cm); err != nil {
		return fmt.Errorf("reading the ConfigMap %s: %w", built.GetName(), err)
	}
	if cm.Namespace == "" {
		cm.Namespace = l.namespace
	}
	l.putApart(cm, origins)
	return nil
}

// putApart shelves a ConfigMap that stands in no file; origins are the texts that do.
func (l *library) putApart(cm *corev1.ConfigMap, origins map[string]*body) {
	name := cm.Namespace + "/" + cm.Name
	s := &shelf{configMap: cm, head: nowhere(name), label: nowhere(name), paused: nowhere(name), bodies: map[string]*body{}}
	for key, text := range cm.Data {
		s.bodies[key] = bodyOf(name+"/"+key, text, origins)
	}
	for key, text := range cm.BinaryData {
		s.bodies[key] = bodyOf(name+"/"+key, string(text), origins)
	}
	l.put(s)
}

func bodyOf(name, text string, origins map[string]*body) *body {
	if origin := origins[text]; origin != nil {
		return origin
	}
	return apart(text, nowhere(name))
}

// nowhere is the place of what stands in no file.
func nowhere(name string) place { return place{file: name, nowhere: true} }

// originsIn returns the texts in the files of a folder, and in those that its kustomization
// leads to: the files themselves, and what ConfigMaps in them hold. What kustomize needs it
// has read itself, so that one that cannot be read is no concern.
func originsIn(folder string) map[string]*body {
	out := map[string]*body{}
	followed := map[string]bool{}
	var follow func(path string)
	read := func(path string, data []byte, _ bool) {
		addOrigins(out, path, data)
		if !slices.Contains(kustomizations, filepath.Base(path)) {
			return
		}
		for name := range scalars(data) {
			follow(filepath.Join(filepath.Dir(path), name))
		}
	}
	follow = func(path string) {
		if _, err := os.Stat(path); err == nil && !followed[path] {
			followed[path] = true
			_ = cli.EachFile([]string{path}, nil, read)
			follow(filepath.Join(path, "Kustomization")) // which has no ending to be read for
		}
	}
	follow(filepath.Clean(folder))
	return out
}

// kustomizations are the names that kustomize knows its files by.
var kustomizations = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// scalars yields what may be names of files in a kustomization: each value, and what
// stands behind the new name of a file.
func scalars(data []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		found, _ := documents(data)
		for _, d := range found {
			visitScalars(d.root, yield)
		}
	}
}

func visitScalars(n *yaml.Node, yield func(string) bool) bool {
	if n.Kind == yaml.ScalarNode && n.Style&yaml.LiteralStyle == 0 && n.Value != "" {
		_, behind, renamed := strings.Cut(n.Value, "=")
		return yield(n.Value) && (!renamed || yield(behind))
	}
	for _, inner := range n.Content {
		if !visitScalars(inner, yield) {
			return false
		}
	}
	return true
}

func addOrigins(out map[string]*body, path string, data []byte) {
	inner := newLibrary("")
	inner.add(path, data, false)
	for _, s := range inner.order {
		for _, b := range s.bodies {
			out[b.text] = b
		}
	}
	out[string(data)] = whole(path, data)
}
