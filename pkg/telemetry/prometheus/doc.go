package prometheus

import (
	_ "github.com/prometheus/client_golang/api"
	_ "github.com/prometheus/client_golang/api/prometheus/v1"
	_ "github.com/prometheus/common/config"
	_ "github.com/prometheus/prometheus/promql/parser"
)
