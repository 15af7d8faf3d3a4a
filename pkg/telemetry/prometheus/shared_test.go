package prometheus

import "github.com/google/go-cmp/cmp/cmpopts"

var ignoreEmpty = cmpopts.EquateEmpty()
