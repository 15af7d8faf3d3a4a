package testbed

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Prometheus describes a server to start.
type Prometheus struct {
	// Name is that of the process; "prometheus" by default.
	Name string
	// Scrapes are entries of scrape_configs; see Bed.KubeletScrape.
	Scrapes []string
	// Interval is the time between two scrapes; 1s by default.
	Interval string
	// Web is the text of a web configuration file: TLS and who may ask; plain HTTP
	// for everybody by default.
	Web string
	// More is the text of further sections of the configuration file.
	More string
	// Client is whom Web lets in; http.DefaultClient by default.
	Client *http.Client
	Args   []string
}

// RunningPrometheus is a server that was started.
type RunningPrometheus struct {
	*Process
	URL    string
	client *http.Client
}

// StartPrometheus starts a server, and returns once it answers.
func (b *Bed) StartPrometheus(ctx context.Context, p Prometheus) (*RunningPrometheus, error) {
	name := orDefault(p.Name, "prometheus")
	b.progress(name)
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(b.Dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	args, scheme, err := p.files(dir)
	if err != nil {
		return nil, err
	}
	program, err := prometheusProgram()
	if err != nil {
		return nil, err
	}
	args = append(args, fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port), "--storage.tsdb.path="+filepath.Join(dir, "data"))
	out := &RunningPrometheus{URL: fmt.Sprintf("%s://localhost:%d", scheme, port), client: p.Client}
	if out.client == nil {
		out.client = http.DefaultClient
	}
	if out.Process, err = b.runAt(name, program, append(args, p.Args...)...); err != nil {
		return nil, err
	}
	return out, out.untilReady(ctx, readyWithin, out.Ready)
}

// ProgramEnv is the environment variable that names another server to start than
// bin/prometheus: a program on the PATH, or its path.
const ProgramEnv = "PROMETHEUS"

func prometheusProgram() (string, error) {
	named := os.Getenv(ProgramEnv)
	if named == "" {
		return binary("prometheus")
	}
	path, err := exec.LookPath(named)
	if err != nil {
		return "", fmt.Errorf("the environment variable %s names the Prometheus to test with: %w", ProgramEnv, err)
	}
	return filepath.Abs(path)
}

// files writes the configuration, and returns how to name it.
func (p *Prometheus) files(dir string) (args []string, scheme string, err error) {
	interval := orDefault(p.Interval, "1s")
	config := fmt.Sprintf("global: {scrape_interval: %s, scrape_timeout: %[1]s}\nscrape_configs:\n", interval) + strings.Join(p.Scrapes, "") + p.More
	for name, text := range map[string]string{"prometheus.yaml": config, "web.yaml": p.Web} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, "", err
		}
	}
	scheme = "http"
	if strings.Contains(p.Web, "tls_server_config") {
		scheme = "https"
	}
	return []string{"--config.file=" + filepath.Join(dir, "prometheus.yaml"), "--web.config.file=" + filepath.Join(dir, "web.yaml")}, scheme, nil
}

// Ready returns nil once the server answers queries.
func (p *RunningPrometheus) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"/-/ready", nil)
	if err != nil {
		return err
	}
	answer, err := p.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	// Who is not let in was answered all the same.
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusUnauthorized {
		return fmt.Errorf("prometheus says %s", answer.Status)
	}
	return nil
}

// Target is something to scrape.
type Target struct {
	// Address is host and port, Path the path of the metrics; /metrics by default.
	Address, Path string
	Labels        map[string]string
}

// Scrape is an entry of scrape_configs. What targets say of themselves gives way to
// their labels here.
func Scrape(job string, targets ...Target) string {
	var out strings.Builder
	fmt.Fprintf(&out, "- job_name: %s\n  static_configs:\n", job)
	for _, t := range targets {
		fmt.Fprintf(&out, "  - targets: [%q]\n    labels:\n      __metrics_path__: %q\n", t.Address, orDefault(t.Path, "/metrics"))
		for name, value := range t.Labels {
			fmt.Fprintf(&out, "      %s: %q\n", name, value)
		}
	}
	return out.String()
}

// KubeletScrape scrapes the resource metrics of the nodes' kubelets, each with the
// labels that it is to have.
func (b *Bed) KubeletScrape(nodes Nodes, labels func(node string) map[string]string) string {
	var targets []Target
	for i := nodes.First; i < nodes.First+nodes.Count; i++ {
		name := nodes.Name(i)
		targets = append(targets, Target{Address: fmt.Sprintf("127.0.0.1:%d", b.kwokPort), Path: MetricsPath(name), Labels: labels(name)})
	}
	return Scrape("kubelets-"+nodes.Name(nodes.First), targets...)
}
