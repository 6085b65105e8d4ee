package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/util/workqueue"
)

func scheme() *runtime.Scheme { return clientscheme.Scheme }

// informs keeps a copy of config maps by a queue of their keys, as controllers do.
func informs(w world) error {
	ctx, cancel := context.WithCancel(w.ctx)
	defer cancel()
	maps := w.client.CoreV1().ConfigMaps(w.namespace)
	if _, err := maps.Create(ctx, configMap("before", map[string]string{"v": "0"}), metav1.CreateOptions{}); err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(w.client, 0, informers.WithNamespace(w.namespace))
	informer := factory.Core().V1().ConfigMaps()
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]())
	defer queue.ShutDown()
	enqueue := func(object any) {
		if key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(object); err == nil {
			queue.Add(key)
		}
	}
	if _, err := informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    enqueue,
		UpdateFunc: func(_, object any) { enqueue(object) },
		DeleteFunc: enqueue,
	}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.Informer().HasSynced) {
		return fmt.Errorf("the informer did not sync")
	}
	var lock sync.Mutex
	seen := map[string]string{}
	go func() {
		for {
			key, over := queue.Get()
			if over {
				return
			}
			_, name, _ := cache.SplitMetaNamespaceKey(key)
			found, err := informer.Lister().ConfigMaps(w.namespace).Get(name)
			lock.Lock()
			if err != nil {
				delete(seen, name)
			} else {
				seen[name] = found.Data["v"]
			}
			lock.Unlock()
			queue.Forget(key)
			queue.Done(key)
		}
	}()
	holds := func(name, value string) error {
		return until(ctx, name+" to be "+value, func() (bool, error) {
			lock.Lock()
			defer lock.Unlock()
			found, there := seen[name]
			return there == (value != "gone") && (!there || found == value), nil
		})
	}
	if err := holds("before", "0"); err != nil {
		return err
	}
	made, err := maps.Create(ctx, configMap("after", map[string]string{"v": "1"}), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if err := holds("after", "1"); err != nil {
		return err
	}
	made.Data["v"] = "2"
	if _, err := maps.Update(ctx, made, metav1.UpdateOptions{}); err != nil {
		return err
	}
	if err := holds("after", "2"); err != nil {
		return err
	}
	if err := maps.Delete(ctx, "after", metav1.DeleteOptions{}); err != nil {
		return err
	}
	return holds("after", "gone")
}

func elects(w world) error {
	leading := make(chan string, 4)
	candidate := func(ctx context.Context, name string) {
		lock := &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Name: "leader", Namespace: w.namespace},
			Client:     w.client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: name},
		}
		leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
			Lock:            lock,
			ReleaseOnCancel: true,
			LeaseDuration:   3 * time.Second,
			RenewDeadline:   2 * time.Second,
			RetryPeriod:     200 * time.Millisecond,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(ctx context.Context) { leading <- name; <-ctx.Done() },
				OnStoppedLeading: func() {},
			},
		})
	}
	first, resign := context.WithCancel(w.ctx)
	second, done := context.WithCancel(w.ctx)
	defer done()
	defer resign()
	go candidate(first, "first")
	if err := leads(w.ctx, leading, "first"); err != nil {
		return err
	}
	go candidate(second, "second")
	select {
	case name := <-leading:
		return fmt.Errorf("%s leads beside the first", name)
	case <-time.After(500 * time.Millisecond):
	}
	resign()
	return leads(w.ctx, leading, "second")
}

func leads(ctx context.Context, leading <-chan string, wanted string) error {
	select {
	case name := <-leading:
		if name != wanted {
			return fmt.Errorf("%s leads, not %s", name, wanted)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s never led", wanted)
	}
}

var (
	definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	kites       = schema.GroupVersionResource{Group: "clientgo.example", Version: "v1", Resource: "kites"}
)

func object(fields map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: fields}
}

func kiteDefinition() *unstructured.Unstructured {
	properties := map[string]any{
		"spec": map[string]any{
			"type": "object",
			"properties": map[string]any{
				"tail":   map[string]any{"type": "integer", "minimum": int64(0)},
				"colour": map[string]any{"type": "string", "default": "red"},
			},
		},
		"status": map[string]any{"type": "object", "properties": map[string]any{"flying": map[string]any{"type": "boolean"}}},
	}
	return object(map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata":   map[string]any{"name": "kites.clientgo.example"},
		"spec": map[string]any{
			"group": "clientgo.example",
			"scope": "Namespaced",
			"names": map[string]any{"plural": "kites", "singular": "kite", "kind": "Kite", "listKind": "KiteList"},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true,
				"subresources": map[string]any{"status": map[string]any{}},
				"schema":       map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "properties": properties}},
			}},
		},
	})
}

func usesCustomResources(w world) error {
	if _, err := w.dynamic.Resource(definitions).Create(w.ctx, kiteDefinition(), metav1.CreateOptions{}); err != nil {
		return err
	}
	defer func() {
		_ = w.dynamic.Resource(definitions).Delete(context.Background(), "kites.clientgo.example", metav1.DeleteOptions{})
	}()
	if err := until(w.ctx, "the definition to be established", established(w)); err != nil {
		return err
	}
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(w.dynamic, 0, w.namespace, nil)
	informer := factory.ForResource(kites)
	go informer.Informer().Run(w.ctx.Done())
	if !cache.WaitForCacheSync(w.ctx.Done(), informer.Informer().HasSynced) {
		return fmt.Errorf("the informer did not sync")
	}
	client := w.dynamic.Resource(kites).Namespace(w.namespace)
	made, err := client.Create(w.ctx, object(map[string]any{
		"apiVersion": "clientgo.example/v1",
		"kind":       "Kite",
		"metadata":   map[string]any{"name": "one"},
		"spec":       map[string]any{"tail": int64(3)},
	}), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if colour, _, _ := unstructured.NestedString(made.Object, "spec", "colour"); colour != "red" {
		return fmt.Errorf("the default is %q", colour)
	}
	flying := []byte(`{"status":{"flying":true},"spec":{"tail":9}}`)
	if _, err := client.Patch(w.ctx, "one", types.MergePatchType, flying, metav1.PatchOptions{}, "status"); err != nil {
		return err
	}
	if _, err := client.Patch(w.ctx, "one", types.MergePatchType, []byte(`{"spec":{"tail":-1}}`), metav1.PatchOptions{}); err == nil {
		return fmt.Errorf("a negative tail was accepted")
	}
	return until(w.ctx, "the informer to see it fly", func() (bool, error) {
		found, err := informer.Lister().ByNamespace(w.namespace).Get("one")
		if err != nil {
			return false, nil
		}
		kite, ok := found.(*unstructured.Unstructured)
		if !ok {
			return false, fmt.Errorf("the informer holds a %T", found)
		}
		flies, _, _ := unstructured.NestedBool(kite.Object, "status", "flying")
		tail, _, _ := unstructured.NestedInt64(kite.Object, "spec", "tail")
		return flies && tail == 3, nil
	})
}

func established(w world) func() (bool, error) {
	return func() (bool, error) {
		found, err := w.dynamic.Resource(definitions).Get(w.ctx, "kites.clientgo.example", metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		conditions, _, _ := unstructured.NestedSlice(found.Object, "status", "conditions")
		for _, each := range conditions {
			condition, ok := each.(map[string]any)
			if ok && condition["type"] == "Established" && condition["status"] == string(corev1.ConditionTrue) {
				return true, nil
			}
		}
		return false, nil
	}
}
