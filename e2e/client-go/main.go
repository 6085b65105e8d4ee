// A controller's author as a black box: what client-go does, against the server of a kubeconfig. Prints a line of JSON for each check.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// world is what every check is given.
type world struct {
	ctx       context.Context
	config    *rest.Config
	client    kubernetes.Interface
	dynamic   dynamic.Interface
	namespace string
}

type check struct {
	name string
	run  func(world) error
}

type result struct {
	Check string `json:"check"`
	Error string `json:"error,omitempty"`
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "path of the kubeconfig")
	namespace := flag.String("namespace", "client-go", "made for the checks")
	watchList := flag.String("watch-list", "false", "whether informers begin with a watch")
	list := flag.Bool("list", false, "only name the checks")
	flag.Parse()
	if *list {
		for _, each := range checks {
			fmt.Println(each.name)
		}
		return
	}
	// Read by client-go when its first informer starts.
	if err := os.Setenv("KUBE_FEATURE_WatchListClient", *watchList); err != nil {
		fail(err)
	}
	if err := run(*kubeconfig, *namespace); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func run(kubeconfig, namespace string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 200, 400
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	dynamicClient, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	made := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	if _, err := client.CoreV1().Namespaces().Create(ctx, made, metav1.CreateOptions{}); err != nil {
		return err
	}
	for _, each := range checks {
		within, done := context.WithTimeout(ctx, 30*time.Second)
		found := each.run(world{within, config, client, dynamicClient, namespace})
		done()
		line := result{Check: each.name}
		if found != nil {
			line.Error = found.Error()
		}
		text, err := json.Marshal(line)
		if err != nil {
			return err
		}
		fmt.Println(string(text))
	}
	return client.CoreV1().Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{})
}

// until asks again and again, because what is waited for is done by others.
func until(ctx context.Context, what string, holds func() (bool, error)) error {
	for {
		ok, err := holds()
		if err != nil {
			return err
		}
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited in vain for %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
