package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// postable is what a body may be.
const postable = "post one Pod, or what makes pods: a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or CronJob, as JSON or YAML"

// strictPods decodes pods and what makes them, and refuses fields that there are not.
var strictPods = func() runtime.Decoder {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme} {
		_ = add(scheme) // it cannot fail on a new scheme
	}
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
}()

// decodeObject says what is wrong with a body in words of those who write manifests.
func decodeObject(body []byte) (runtime.Object, error) {
	if what := shape(body); what != "" {
		return nil, apierrors.NewBadRequest("the body " + what + "; " + postable)
	}
	object, _, err := strictPods.Decode(body, nil, nil)
	if err != nil {
		return nil, apierrors.NewBadRequest("the body " + flaw(err, kindOf(body)) + "; " + postable)
	}
	return object, nil
}

// kindOf returns what a body says that it is. The decoder tells only of kinds whose group
// it knows.
func kindOf(body []byte) schema.GroupVersionKind {
	var meta runtime.TypeMeta
	if text, err := yaml.ToJSON(body); err == nil {
		_ = json.Unmarshal(text, &meta) // what it does not say stays empty
	}
	return meta.GroupVersionKind()
}

// shape says what a body is that is not one object; empty where it is, or may be.
func shape(body []byte) string {
	switch n := documents(body); {
	case n == 0:
		return "is empty"
	case n > 1:
		return fmt.Sprintf("has %d documents, and one is judged at a time", n)
	case bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")):
		return ""
	}
	text, err := yaml.ToJSON(body)
	switch {
	case err != nil:
		return "cannot be read: " + err.Error()
	case !bytes.HasPrefix(text, []byte("{")):
		return "is not an object with fields"
	}
	return ""
}

// flaw says why an object is none that can be judged. kind is what it says that it is.
func flaw(err error, kind schema.GroupVersionKind) string {
	slip, isSlip := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case runtime.IsMissingKind(err), runtime.IsMissingVersion(err):
		return "does not say what it is: write its apiVersion and kind, such as v1 and Pod"
	case runtime.IsNotRegisteredError(err):
		return fmt.Sprintf("is a %s of %s", kind.Kind, kind.GroupVersion())
	case isSlip:
		return fmt.Sprintf("has a mistake: %s is %s %s, and a %s has %s there", slip.Field, article(slip.Value), slip.Value, kind.Kind, wanted(slip.Type.Kind()))
	}
	why := err.Error()
	for _, technical := range []string{"strict decoding error: ", "json parse error: "} {
		_, after, found := strings.Cut(why, technical)
		if found {
			why = after
		}
	}
	return "has a mistake: " + why
}

func article(word string) string {
	if strings.ContainsAny(word[:1], "aeio") {
		return "an"
	}
	return "a"
}

// wanted names a kind of values as JSON does.
func wanted(kind reflect.Kind) string {
	switch kind {
	case reflect.Slice:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	}
	return "a number"
}

// documents counts those of a body that have anything in them.
func documents(body []byte) (n int) {
	for reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(body))); ; {
		text, err := reader.Read()
		if len(bytes.TrimSpace(text)) > 0 {
			n++
		}
		if err != nil { // the end
			return n
		}
	}
}
