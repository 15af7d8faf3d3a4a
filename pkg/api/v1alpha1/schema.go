package v1alpha1

import _ "embed"

// Schema is a JSON Schema of all answers, made of the types of this package.
//
//go:embed schema.json
var Schema []byte
