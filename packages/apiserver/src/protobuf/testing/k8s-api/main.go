// Prints what k8s.io/api makes of the kinds in the message table, one JSON value a line, for tests of the decoder:
// `record` every message, with each field set and with none; `fuzz N` N random objects of each kind.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	admission "k8s.io/api/admissionregistration/v1"
	apps "k8s.io/api/apps/v1"
	authn "k8s.io/api/authentication/v1"
	authz "k8s.io/api/authorization/v1"
	certs "k8s.io/api/certificates/v1"
	coord "k8s.io/api/coordination/v1"
	core "k8s.io/api/core/v1"
	events "k8s.io/api/events/v1"
	policy "k8s.io/api/policy/v1"
	rbac "k8s.io/api/rbac/v1"
	sched "k8s.io/api/scheduling/v1"
	storage "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/apitesting/fuzzer"
	"k8s.io/apimachinery/pkg/api/resource"
	metafuzzer "k8s.io/apimachinery/pkg/apis/meta/fuzzer"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/randfill"
)

var kinds = map[schema.GroupVersion]struct {
	add   func(*runtime.Scheme) error
	kinds []runtime.Object
}{
	core.SchemeGroupVersion: {core.AddToScheme, []runtime.Object{
		&core.Namespace{}, &core.ConfigMap{}, &core.Secret{}, &core.ServiceAccount{}, &core.Service{}, &core.Pod{}, &core.Node{},
		&core.PersistentVolumeClaim{}, &core.PersistentVolume{}, &core.Event{}, &core.Binding{}, &core.ResourceQuota{}, &core.LimitRange{}, &meta.DeleteOptions{},
	}},
	authn.SchemeGroupVersion:     {authn.AddToScheme, []runtime.Object{&authn.TokenRequest{}, &authn.TokenReview{}, &authn.SelfSubjectReview{}}},
	authz.SchemeGroupVersion:     {authz.AddToScheme, []runtime.Object{&authz.SubjectAccessReview{}, &authz.SelfSubjectAccessReview{}, &authz.LocalSubjectAccessReview{}, &authz.SelfSubjectRulesReview{}}},
	rbac.SchemeGroupVersion:      {rbac.AddToScheme, []runtime.Object{&rbac.Role{}, &rbac.RoleBinding{}, &rbac.ClusterRole{}, &rbac.ClusterRoleBinding{}}},
	policy.SchemeGroupVersion:    {policy.AddToScheme, []runtime.Object{&policy.Eviction{}, &policy.PodDisruptionBudget{}}},
	events.SchemeGroupVersion:    {events.AddToScheme, []runtime.Object{&events.Event{}}},
	admission.SchemeGroupVersion: {admission.AddToScheme, []runtime.Object{&admission.ValidatingWebhookConfiguration{}, &admission.MutatingWebhookConfiguration{}, &admission.ValidatingAdmissionPolicy{}, &admission.ValidatingAdmissionPolicyBinding{}, &admission.MutatingAdmissionPolicy{}, &admission.MutatingAdmissionPolicyBinding{}}},
	certs.SchemeGroupVersion:     {certs.AddToScheme, []runtime.Object{&certs.CertificateSigningRequest{}}},
	coord.SchemeGroupVersion:     {coord.AddToScheme, []runtime.Object{&coord.Lease{}}},
	storage.SchemeGroupVersion:   {storage.AddToScheme, []runtime.Object{&storage.StorageClass{}}},
	sched.SchemeGroupVersion:     {sched.AddToScheme, []runtime.Object{&sched.PriorityClass{}}},
	apps.SchemeGroupVersion:      {apps.AddToScheme, []runtime.Object{&apps.ControllerRevision{}}},
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "fuzz" {
		rounds, err := strconv.Atoi(os.Args[2])
		must(err)
		fuzz(rounds)
	} else {
		record()
	}
}

func fuzz(rounds int) {
	scheme := runtime.NewScheme()
	for version, group := range kinds {
		must(group.add(scheme))
		meta.AddToGroupVersion(scheme, version)
	}
	small := func(serializer.CodecFactory) []interface{} {
		// JSON read by JavaScript has 53 bits for an integer.
		return []interface{}{func(i *int64, c randfill.Continue) { *i = int64(c.Int31()) - 1<<30 }}
	}
	filler := fuzzer.FuzzerFor(fuzzer.MergeFuzzerFuncs(metafuzzer.Funcs, small), rand.NewSource(rand.Int63()), serializer.NewCodecFactory(scheme))
	encoder := protobuf.NewSerializer(scheme, scheme)
	for version, group := range kinds {
		for _, kind := range group.kinds {
			for range rounds {
				object := reflect.New(reflect.TypeOf(kind).Elem()).Interface().(runtime.Object)
				filler.Fill(object)
				object.GetObjectKind().SetGroupVersionKind(version.WithKind(reflect.TypeOf(kind).Elem().Name()))
				var body bytes.Buffer
				must(encoder.Encode(object, &body))
				printLine(map[string]any{"proto": body.Bytes(), "json": object})
			}
		}
	}
}

func record() {
	seen := map[reflect.Type]bool{}
	for _, group := range kinds {
		for _, kind := range group.kinds {
			recordType(reflect.TypeOf(kind).Elem(), seen)
		}
	}
}

func recordType(t reflect.Type, seen map[reflect.Type]bool) {
	if seen[t] {
		return
	}
	seen[t] = true
	counter = 0
	value := reflect.New(t)
	fill(value.Elem(), 1)
	if message, ok := value.Interface().(interface{ Marshal() ([]byte, error) }); ok {
		proto, err := message.Marshal()
		must(err)
		parts := strings.Split(t.PkgPath(), "/")
		name := strings.Join(append(parts[len(parts)-2:], t.Name()), ".")
		zero := reflect.New(t).Interface()
		zeroProto, err := zero.(interface{ Marshal() ([]byte, error) }).Marshal()
		must(err)
		printLine(map[string]any{"message": name, "proto": proto, "json": value.Interface(), "zeroProto": zeroProto, "zero": zero})
	}
	for i := range t.NumField() {
		inner := t.Field(i).Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice || inner.Kind() == reflect.Map {
			inner = inner.Elem()
		}
		if _, special := fixed(inner); inner.Kind() == reflect.Struct && !special && t.Field(i).Tag.Get("protobuf") != "" {
			recordType(inner, seen)
		}
	}
}

var counter int

func next() int {
	counter++
	return counter
}

func fixed(t reflect.Type) (any, bool) {
	switch reflect.Zero(t).Interface().(type) {
	case meta.Time:
		return meta.Time{Time: time.Unix(int64(next()), 0).UTC()}, true
	case meta.MicroTime:
		return meta.MicroTime{Time: time.Unix(int64(next()), 1000).UTC()}, true
	case resource.Quantity:
		return resource.MustParse(strconv.Itoa(next()) + "Gi"), true
	case intstr.IntOrString:
		return intstr.FromInt32(int32(next())), true
	case runtime.RawExtension:
		return runtime.RawExtension{Raw: []byte(fmt.Sprintf(`{"raw":%d}`, next()))}, true
	case meta.FieldsV1:
		return meta.FieldsV1{Raw: []byte(fmt.Sprintf(`{"f:raw":%d}`, next()))}, true
	}
	return nil, false
}

// Every value is another one, so that no two fields can be mistaken; `depth` is how many messages below are filled.
func fill(v reflect.Value, depth int) {
	if set, ok := fixed(v.Type()); ok {
		v.Set(reflect.ValueOf(set))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("s" + strconv.Itoa(next()))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32, reflect.Int64:
		v.SetInt(int64(next()))
	case reflect.Uint8:
		v.SetUint(uint64(next() % 256))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, depth)
		fill(value, depth)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		if depth < 0 {
			return
		}
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if field.Tag.Get("protobuf") == "" || (depth == 0 && holdsStruct(field.Type)) {
				continue
			}
			fill(v.Field(i), depth-1)
		}
	}
}

func holdsStruct(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	_, special := fixed(t)
	return t.Kind() == reflect.Struct && !special
}

func printLine(line map[string]any) {
	text, err := json.Marshal(line)
	must(err)
	_, err = os.Stdout.Write(append(text, '\n'))
	must(err)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
