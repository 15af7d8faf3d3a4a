{{/* Everything of a release has its name: two of them know nothing of each other. */}}
{{- define "labels" -}}
{app.kubernetes.io/name: {{ .Chart.Name }}, app.kubernetes.io/instance: {{ .Release.Name }}}
{{- end }}

{{- define "schedulerName" -}}
{{ .Values.schedulerName | default .Release.Name }}
{{- end }}

{{/* The release that has the product's own name reads what is labelled as the docs say. */}}
{{- define "rulesLabel" -}}
{{ .Values.telemetry.rulesLabel | default (ternary "true" .Release.Name (eq .Release.Name .Chart.Name)) }}
{{- end }}

{{- define "image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* Where the keys of existingSecret are files. */}}
{{- define "credentials" -}}
/etc/telemetry-scheduler-credentials
{{- end }}

{{/* Where the keys of serving.existingSecret are files. Nothing may mount single ones
(subPath): these would stay as they were when the certificate is renewed. */}}
{{- define "servingFiles" -}}
/etc/telemetry-scheduler-serving
{{- end }}

{{/* "true" where a source has the type: list $ "Kubelet" | include "reads". */}}
{{- define "reads" -}}
{{- $type := index . 1 -}}
{{- range (index . 0).Values.telemetry.sources }}{{ if eq .type $type }}true{{ end }}{{ end -}}
{{- end }}

{{- define "readsKubelets" -}}
{{- if or .Values.rights.kubelets (include "reads" (list . "Kubelet")) }}true{{ end -}}
{{- end }}

{{/* A mapping on one line. */}}
{{- define "flow" -}}
{{- $fields := list -}}
{{- range $key, $value := . -}}
{{- $plain := and (kindIs "string" $value) (regexMatch "^[A-Za-z0-9-]+$" (toString $value)) -}}
{{- $fields = append $fields (printf "%s: %s" $key (ternary (toYaml $value) (toJson $value) $plain)) -}}
{{- end -}}
{ {{- join ", " $fields -}} }
{{- end }}

{{/* What each pod of the release is known by. */}}
{{- define "selector" -}}
{matchLabels: {{ include "labels" . }}}
{{- end }}

{{- define "subjects" -}}
- {kind: ServiceAccount, name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}
{{- end }}
