package cli

// Lead are the flags of this call that lead to its cluster, for commands that others are
// to run: neither secrets, nor in whose name.
func (e *Env) Lead() []string {
	c := e.Config
	var out []string
	for _, flag := range []struct {
		name  string
		value *string
	}{
		{"kubeconfig", c.KubeConfig}, {"context", c.Context}, {"cluster", c.ClusterName}, {"user", c.AuthInfoName}, {"server", c.APIServer},
		{"tls-server-name", c.TLSServerName}, {"certificate-authority", c.CAFile}, {"client-certificate", c.CertFile}, {"client-key", c.KeyFile},
	} {
		if flag.value != nil && *flag.value != "" {
			out = append(out, "--"+flag.name+"="+Quoted(*flag.value))
		}
	}
	if c.Insecure != nil && *c.Insecure {
		out = append(out, "--insecure-skip-tls-verify")
	}
	return out
}

// NoNamespace refuses -n where a command looks at the scheduler's namespace alone.
func (e *Env) NoNamespace() error {
	if e.Config.Namespace == nil || *e.Config.Namespace == "" {
		return nil
	}
	return Usagef("this is about the scheduler, and --scheduler-namespace says where it stands: leave out -n")
}
