package main

import (
	"fmt"
	"sort"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/pager"
	"k8s.io/client-go/util/retry"

	"context"
)

var checks = []check{
	{"discovery names every resource and its preferred version", discovers},
	{"typed objects are created, read, changed and deleted", changes},
	{"a change that lost a race is retried", retries},
	{"JSON, merge and strategic patches", patches},
	{"a pager reads a list in pages of one snapshot", pages},
	{"an informer and a work queue follow every change", informs},
	{"of two candidates one leads, and the other follows it", elects},
	{"apply configurations own their fields, conflict and force", applies},
	{"the dynamic client uses a custom resource", usesCustomResources},
	{"a client learns who it is and what it may do", knowsItself},
	{"a service account's token signs in", signsIn},
	{"an event recorder's events arrive", records},
}

func configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: data}
}

func discovers(w world) error {
	client := discovery.NewDiscoveryClientForConfigOrDie(w.config)
	lists, err := client.ServerPreferredResources()
	if err != nil {
		return err
	}
	found := map[string]bool{}
	for _, list := range lists {
		for _, resource := range list.APIResources {
			found[list.GroupVersion+" "+resource.Kind] = true
		}
	}
	for _, wanted := range []string{"v1 ConfigMap", "rbac.authorization.k8s.io/v1 Role", "coordination.k8s.io/v1 Lease"} {
		if !found[wanted] {
			return fmt.Errorf("%s was not discovered", wanted)
		}
	}
	version, err := client.ServerVersion()
	if err != nil {
		return err
	}
	if version.Major != "1" {
		return fmt.Errorf("the server is of version %s", version)
	}
	_, err = client.OpenAPIV3().Paths()
	return err
}

func changes(w world) error {
	maps := w.client.CoreV1().ConfigMaps(w.namespace)
	made, err := maps.Create(w.ctx, configMap("changes", map[string]string{"a": "1"}), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if _, err := maps.Create(w.ctx, made.DeepCopy(), metav1.CreateOptions{}); err == nil {
		return fmt.Errorf("an object with a resource version was created")
	}
	if _, err := maps.Create(w.ctx, configMap("changes", nil), metav1.CreateOptions{}); !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("created twice: %v", err)
	}
	made.Data["a"] = "2"
	changed, err := maps.Update(w.ctx, made, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	if changed.ResourceVersion == made.ResourceVersion {
		return fmt.Errorf("a change kept the version")
	}
	if _, err := maps.Update(w.ctx, made, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
		return fmt.Errorf("an old version was updated: %v", err)
	}
	wrong := metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions("another")}
	if err := maps.Delete(w.ctx, "changes", wrong); !apierrors.IsConflict(err) {
		return fmt.Errorf("another object was deleted: %v", err)
	}
	if err := maps.Delete(w.ctx, "changes", metav1.DeleteOptions{}); err != nil {
		return err
	}
	if _, err := maps.Get(w.ctx, "changes", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		return fmt.Errorf("still there: %v", err)
	}
	return nil
}

func retries(w world) error {
	maps := w.client.CoreV1().ConfigMaps(w.namespace)
	if _, err := maps.Create(w.ctx, configMap("retries", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	count := func() error {
		return retry.OnError(retry.DefaultBackoff, apierrors.IsConflict, func() error {
			found, err := maps.Get(w.ctx, "retries", metav1.GetOptions{})
			if err != nil {
				return err
			}
			if found.Data == nil {
				found.Data = map[string]string{}
			}
			found.Data["count"] += "x"
			_, err = maps.Update(w.ctx, found, metav1.UpdateOptions{})
			return err
		})
	}
	failures := make(chan error, 4)
	for range 4 {
		go func() { failures <- count() }()
	}
	for range 4 {
		if err := <-failures; err != nil {
			return err
		}
	}
	found, err := maps.Get(w.ctx, "retries", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if found.Data["count"] != "xxxx" {
		return fmt.Errorf("counted to %q", found.Data["count"])
	}
	return nil
}

func patches(w world) error {
	services := w.client.CoreV1().Services(w.namespace)
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "patches"}}
	service.Spec.Ports = []corev1.ServicePort{{Name: "ssh", Port: 22}}
	if _, err := services.Create(w.ctx, service, metav1.CreateOptions{}); err != nil {
		return err
	}
	for _, each := range []struct {
		kind types.PatchType
		text string
	}{
		{types.StrategicMergePatchType, `{"spec":{"ports":[{"name":"web","port":80}]}}`},
		{types.MergePatchType, `{"metadata":{"labels":{"a":"b"}}}`},
		{types.JSONPatchType, `[{"op":"test","path":"/metadata/labels/a","value":"b"},{"op":"add","path":"/metadata/labels/c","value":"d"}]`},
	} {
		if _, err := services.Patch(w.ctx, "patches", each.kind, []byte(each.text), metav1.PatchOptions{}); err != nil {
			return fmt.Errorf("%s: %w", each.kind, err)
		}
	}
	found, err := services.Get(w.ctx, "patches", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if len(found.Spec.Ports) != 2 || found.Labels["a"] != "b" || found.Labels["c"] != "d" {
		return fmt.Errorf("patched to %d ports, labels %v", len(found.Spec.Ports), found.Labels)
	}
	return nil
}

func pages(w world) error {
	maps := w.client.CoreV1().ConfigMaps(w.namespace)
	for index := range 7 {
		made := configMap(fmt.Sprintf("page-%d", index), nil)
		made.Labels = map[string]string{"pages": "yes"}
		if _, err := maps.Create(w.ctx, made, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	calls := 0
	reader := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		calls++
		if calls == 2 {
			// Made between two pages: a snapshot does not show it.
			late := configMap("page-9", nil)
			late.Labels = map[string]string{"pages": "yes"}
			if _, err := maps.Create(ctx, late, metav1.CreateOptions{}); err != nil {
				return nil, err
			}
		}
		return maps.List(ctx, options)
	})
	reader.PageSize = 3
	names := []string{}
	err := reader.EachListItem(w.ctx, metav1.ListOptions{LabelSelector: "pages=yes"}, func(object runtime.Object) error {
		names = append(names, object.(*corev1.ConfigMap).Name)
		return nil
	})
	if err != nil {
		return err
	}
	sort.Strings(names)
	if fmt.Sprint(names) != "[page-0 page-1 page-2 page-3 page-4 page-5 page-6]" || calls != 3 {
		return fmt.Errorf("%d pages had %v", calls, names)
	}
	return nil
}

func applies(w world) error {
	maps := w.client.CoreV1().ConfigMaps(w.namespace)
	wanted := func(value string) *applycorev1.ConfigMapApplyConfiguration {
		return applycorev1.ConfigMap("applies", w.namespace).WithData(map[string]string{"mine": value})
	}
	if _, err := maps.Apply(w.ctx, wanted("1"), metav1.ApplyOptions{FieldManager: "first"}); err != nil {
		return err
	}
	_, err := maps.Apply(w.ctx, wanted("2"), metav1.ApplyOptions{FieldManager: "second"})
	if !apierrors.IsConflict(err) {
		return fmt.Errorf("took another's field: %v", err)
	}
	forced := metav1.ApplyOptions{FieldManager: "second", Force: true}
	if _, err := maps.Apply(w.ctx, wanted("2"), forced); err != nil {
		return err
	}
	found, err := maps.Get(w.ctx, "applies", metav1.GetOptions{})
	if err != nil {
		return err
	}
	own, err := applycorev1.ExtractConfigMap(found, "second")
	if err != nil {
		return err
	}
	if own.Data["mine"] != "2" {
		return fmt.Errorf("the second manager owns %v", own.Data)
	}
	empty := applycorev1.ConfigMap("applies", w.namespace)
	after, err := maps.Apply(w.ctx, empty, metav1.ApplyOptions{FieldManager: "second"})
	if err != nil {
		return err
	}
	if _, there := after.Data["mine"]; there {
		return fmt.Errorf("a field that nobody wants is still there")
	}
	return nil
}

func knowsItself(w world) error {
	review, err := w.client.AuthenticationV1().SelfSubjectReviews().Create(w.ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if review.Status.UserInfo.Username == "" {
		return fmt.Errorf("the client has no name")
	}
	access := &authorizationv1.SelfSubjectAccessReview{}
	access.Spec.ResourceAttributes = &authorizationv1.ResourceAttributes{Verb: "delete", Resource: "nodes"}
	answer, err := w.client.AuthorizationV1().SelfSubjectAccessReviews().Create(w.ctx, access, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if !answer.Status.Allowed {
		return fmt.Errorf("an administrator may not: %s", answer.Status.Reason)
	}
	return nil
}

func signsIn(w world) error {
	accounts := w.client.CoreV1().ServiceAccounts(w.namespace)
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "robot"}}
	if _, err := accounts.Create(w.ctx, account, metav1.CreateOptions{}); err != nil {
		return err
	}
	request := &authenticationv1.TokenRequest{}
	answer, err := accounts.CreateToken(w.ctx, "robot", request, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	config := rest.AnonymousClientConfig(w.config)
	config.BearerToken = answer.Status.Token
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	review, err := client.AuthenticationV1().SelfSubjectReviews().Create(w.ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if name := review.Status.UserInfo.Username; name != "system:serviceaccount:"+w.namespace+":robot" {
		return fmt.Errorf("the token is of %s", name)
	}
	_, err = client.CoreV1().Secrets(w.namespace).List(w.ctx, metav1.ListOptions{})
	if !apierrors.IsForbidden(err) {
		return fmt.Errorf("a robot read secrets: %v", err)
	}
	return nil
}

func records(w world) error {
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: w.client.EventsV1()})
	if err := broadcaster.StartRecordingToSinkWithContext(w.ctx); err != nil {
		return err
	}
	defer broadcaster.Shutdown()
	subject, err := w.client.CoreV1().ConfigMaps(w.namespace).Create(w.ctx, configMap("recorded", nil), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	subject.APIVersion, subject.Kind = "v1", "ConfigMap"
	broadcaster.NewRecorder(scheme(), "checks").Eventf(subject, nil, corev1.EventTypeNormal, "Seen", "Look", "seen %d", 1)
	return until(w.ctx, "the event", func() (bool, error) {
		found, err := w.client.CoreV1().Events(w.namespace).List(w.ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=recorded"})
		return err == nil && len(found.Items) == 1 && found.Items[0].Reason == "Seen", err
	})
}
