{{/* Values that contradict each other. Each is refused with a sentence that says how to mend it. */}}
{{- define "refusals" -}}
{{- $v := .Values -}}
{{- $named := list -}}
{{- range $v.telemetry.sources }}{{ $named = append $named .name }}{{ end -}}
{{- $said := toJson $v.telemetry -}}
{{- $name := include "schedulerName" . -}}
{{- if and (eq .Release.Namespace "kube-system") (eq .Release.Name "kube-scheduler") -}}
{{ fail "A release kube-scheduler in kube-system would share the lease of the cluster's own scheduler: give it another name." }}
{{- end -}}
{{- range list .Release.Name .Release.Namespace $name }}{{ if not (kindIs "string" (get (printf "name: %s" . | fromYaml) "name")) -}}
{{ fail (printf "YAML takes the name %s for something other than a text: give the release, its namespace and schedulerName words for names." .) }}
{{- end }}{{ end -}}
{{- if and $v.adoption.enabled (eq $name "default-scheduler") -}}
{{ fail "adoption.enabled moves pods away from default-scheduler, and schedulerName is default-scheduler: remove one of them." }}
{{- end -}}
{{- if and (not $v.rights.eviction) (eq (dig "eviction" "mode" "" $v.telemetry) "Enforce") -}}
{{ fail "telemetry.eviction.mode is Enforce, and rights.eviction is false: no pod could be moved. Remove one of them." }}
{{- end -}}
{{- if and $v.telemetry.builtin (not (has $v.telemetry.builtin $named)) -}}
{{ fail (printf "telemetry.builtin is %q, and no source has that name: telemetry.sources are %s." $v.telemetry.builtin (join ", " $named)) }}
{{- end -}}
{{- if and (include "reads" (list . "CustomMetrics")) (not $v.rights.customMetrics) -}}
{{ fail "telemetry.sources has one of type CustomMetrics, which the scheduler may not read: name the metrics that rules use in rights.customMetrics, such as nodes/gpu_temperature, or \"*\" for whatever adapters serve." }}
{{- end -}}
{{- if and $v.rights.customMetrics (not (include "reads" (list . "CustomMetrics"))) -}}
{{ fail "rights.customMetrics gives rights that nothing uses: add a source of type CustomMetrics to telemetry.sources, or remove them." }}
{{- end -}}
{{- if and $v.existingSecret (not (include "reads" (list . "Prometheus"))) -}}
{{ fail "existingSecret is mounted for sources of type Prometheus, and telemetry.sources has none: add one, or remove it." }}
{{- end -}}
{{- if and (contains (include "credentials" .) $said) (not $v.existingSecret) -}}
{{ fail (printf "telemetry.sources names a file in %s, where nothing is mounted: name the Secret that holds it in existingSecret." (include "credentials" .)) }}
{{- end -}}
{{- if and $v.marks.remove (not $v.marks.enabled) -}}
{{ fail "marks.remove is for what marks nodes, and marks.enabled is false: nothing would take marks away. Set marks.enabled until they are gone." }}
{{- end -}}
{{- if hasKey $v.telemetry "marks" -}}
{{ fail "telemetry.marks says whether something marks nodes, and follows marks.enabled: set that." }}
{{- end -}}
{{- if and $v.telemetry.markPrefixes (not $v.marks.enabled) -}}
{{ fail "telemetry.markPrefixes are for marks on nodes, and marks.enabled is false: set it, or remove them." }}
{{- end -}}
{{- range $v.extraArgs }}{{ if regexMatch "^--(config|leader-elect.*|secure-port)(=|$)" . -}}
{{ fail (printf "extraArgs has %s, which the chart says itself: the configuration and the lease are those of the release. Remove it." .) }}
{{- end }}{{ end -}}
{{- if $v.serving.existingSecret }}{{ range $v.extraArgs }}{{ if regexMatch "^--(tls-cert-file|tls-private-key-file|cert-dir)(=|$)" . -}}
{{ fail (printf "extraArgs has %s, and serving.existingSecret says which certificate is served: remove one of them." .) }}
{{- end }}{{ end }}{{ end -}}
{{- if and (or $v.monitor.ca $v.monitor.serverName) (not $v.serving.existingSecret) -}}
{{ fail "monitor.ca and monitor.serverName say how a certificate is verified, and without serving.existingSecret each pod signs its own, which nobody can verify: name a Secret there, or remove them." }}
{{- end -}}
{{- if and $v.marks.enabled (gt (len .Release.Name) 49) -}}
{{ fail (printf "With marks.enabled names are made of the release's name that may have 63 letters, and %s has more than the 49 that leave room for it: give the release a shorter name." .Release.Name) }}
{{- end -}}
{{- if not $v.marks.enabled -}}
{{- range dig "spec" "template" "spec" "containers" list (lookup "apps/v1" "Deployment" .Release.Namespace (include "marksName" .)) }}{{ if and (eq .name "marks") (not (has "--remove" .args)) -}}
{{ fail (printf "marks.enabled is false, and the Deployment %s marks nodes: without it nothing would take its marks away. Set marks.remove besides marks.enabled until telemetry_scheduler_node_marks is 0, then set both to false." (include "marksName" $)) }}
{{- end }}{{ end -}}
{{- end -}}
{{- if and (not $v.networkPolicy.enabled) (or $v.networkPolicy.from $v.networkPolicy.egress) -}}
{{ fail "networkPolicy.from and networkPolicy.egress have no effect while networkPolicy.enabled is false: set it, or remove them." }}
{{- end -}}
{{- if and $v.monitor.kind $v.networkPolicy.enabled (not $v.networkPolicy.from) -}}
{{ fail "monitor has Prometheus read the metrics, and networkPolicy lets nobody in: name Prometheus in networkPolicy.from, also where another policy lets it in." }}
{{- end -}}
{{- if and (not $v.monitor.kind) (or $v.monitor.labels $v.monitor.authorization $v.monitor.ca $v.monitor.serverName) -}}
{{ fail "monitor.labels, monitor.authorization, monitor.ca and monitor.serverName have no effect without monitor.kind: write ServiceMonitor or PodMonitor, or remove them." }}
{{- end -}}
{{- if and (eq $v.monitor.kind "PodMonitor") (not $v.monitor.authorization) -}}
{{ fail "A PodMonitor cannot use the token of Prometheus's own account, and nobody reads these metrics without one: say in monitor.authorization which Secret has a token, or take a ServiceMonitor." }}
{{- end -}}
{{- if ne (empty $v.monitor.account.name) (empty $v.monitor.account.namespace) -}}
{{ fail "monitor.account needs both a name and a namespace." }}
{{- end -}}
{{- if and (not $v.alerts.enabled) (or $v.alerts.labels $v.alerts.job $v.alerts.runbooks) -}}
{{ fail "alerts.labels, alerts.job and alerts.runbooks have no effect while alerts.enabled is false: set it, or remove them." }}
{{- end -}}
{{- if and $v.alerts.job $v.monitor.kind -}}
{{ fail (printf "alerts.job names a job of your own, and the %s gives the series the job %s: remove one of them." $v.monitor.kind .Release.Name) }}
{{- end -}}
{{- range $key, $value := $v.podLabels }}{{ if hasPrefix "app.kubernetes.io/" $key -}}
{{ fail (printf "podLabels has %s, by which the release knows its pods: take another label." $key) }}
{{- end }}{{ end -}}
{{- end }}
