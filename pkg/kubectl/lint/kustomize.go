package lint

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/resource"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

// addKustomize builds a folder as kubectl does with -k. A text that stands in a file of
// the folder as it is has its places there.
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
	s := &shelf{configMap: cm, head: place{file: name}, label: place{file: name}, paused: place{file: name}, bodies: map[string]*body{}}
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
	return apart(text, place{file: name})
}

// originsIn returns the texts in the files of a folder: the files themselves, and what
// ConfigMaps in them hold.
func originsIn(folder string) map[string]*body {
	out := map[string]*body{}
	// What kustomize needs it has read; the rest is nobody's concern.
	_ = cli.EachFile([]string{folder}, nil, func(path string, data []byte, _ bool) { addOrigins(out, path, data) })
	return out
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
